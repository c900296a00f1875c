import { defineConfig } from "vite";

export default defineConfig({
  base: "/static/",
  publicDir: false,
  build: {
    outDir: "dist/app", // not dist itself: emptying it would take away the file that keeps a fresh clone building
    emptyOutDir: true,
    manifest: "manifest.json",
    target: "es2022",
    cssTarget: ["chrome123", "firefox120", "safari17.5"], // leave the style sheets as they are written
    assetsInlineLimit: 0, // the content policy has no room for data: addresses
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: { entry: "src/entry.ts", site: "styles/site.css", desk: "styles/desk.css", curating: "src/desk.ts", worker: "src/worker/worker.ts" },
      output: {
        entryFileNames: "[name].[hash].js",
        chunkFileNames: "[name].[hash].js",
        assetFileNames: "[name].[hash][extname]",
      },
    },
  },
});
