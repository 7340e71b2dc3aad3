import { defineConfig } from "vite";

// The pages and the field kit are built apart: a file that both shared would be one more for the kit to keep.
export default defineConfig(({ mode }) => ({
  base: "/static/anyuan/",
  build: {
    outDir: "dist/anyuan",
    emptyOutDir: mode !== "field",
    assetsInlineLimit: 0,
    modulePreload: false,
    rollupOptions: {
      input: mode === "field" ? { field: "src/kit/main.ts" } : { app: "src/app/main.ts" },
      output: {
        entryFileNames: "[name].js",
        chunkFileNames: "[name].js",
        assetFileNames: "[name][extname]",
      },
    },
  },
}));
