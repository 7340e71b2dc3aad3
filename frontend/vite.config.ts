import { defineConfig } from "vite";

export default defineConfig({
  build: {
    outDir: "dist/anyuan",
    emptyOutDir: true,
    rollupOptions: {
      input: { app: "src/main.ts" },
      output: { entryFileNames: "[name].js", assetFileNames: "[name][extname]", inlineDynamicImports: true },
    },
  },
});
