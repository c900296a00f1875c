// Packs what Vite built once more, as hard as can be, so that the server never has to: a .br and a .gz beside each file.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const dir = new URL("../dist/app/", import.meta.url);
for (const name of readdirSync(dir)) {
  if (!/\.(js|css|json|svg)$/.test(name) || name === "manifest.json") continue;
  const plain = readFileSync(new URL(name, dir));
  const br = brotliCompressSync(plain, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: plain.length } });
  for (const [ending, packed] of [["br", br], ["gz", gzipSync(plain, { level: 9 })]]) {
    if (packed.length < plain.length) writeFileSync(new URL(`${name}.${ending}`, dir), packed);
  }
}
