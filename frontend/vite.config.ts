import { defineConfig } from "vite";

export default defineConfig({
  base: "/static/anyuan/",
  build: {
    outDir: "dist/anyuan",
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: false,
    rollupOptions: {
      input: { app: "src/main.ts", field: "src/field/main.ts" },
      output: { entryFileNames: "[name].js", chunkFileNames: "[name].js", assetFileNames: "[name][extname]" },
    },
  },
});
