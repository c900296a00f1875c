// Makes the outlines in geo/ of the U.S. Census Bureau's, as us-atlas packs them: states.json of all states, coarse, and
// counties/<state>.json, finer. They are committed because the program embeds them for its sketch maps and has to build
// without Node. Run it again only when us-atlas changes: npm run geo
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { brotliCompressSync } from "node:zlib";
import { feature, merge, mesh } from "topojson-client";
import { topology } from "topojson-server";
import { filter, filterWeight, presimplify, simplify } from "topojson-simplify";

const require = createRequire(import.meta.url);
const out = new URL("../geo/", import.meta.url);

// Triangles of fewer square degrees than this are left out: about 5 km across on a map of the country, 2 km near by.
const coarse = 3e-3;
const fine = 3e-4;

// prettier-ignore
const postal = {
  "01": "AL", "02": "AK", "04": "AZ", "05": "AR", "06": "CA", "08": "CO", "09": "CT", 10: "DE", 11: "DC", 12: "FL", 13: "GA", 15: "HI",
  16: "ID", 17: "IL", 18: "IN", 19: "IA", 20: "KS", 21: "KY", 22: "LA", 23: "ME", 24: "MD", 25: "MA", 26: "MI", 27: "MN", 28: "MS",
  29: "MO", 30: "MT", 31: "NE", 32: "NV", 33: "NH", 34: "NJ", 35: "NM", 36: "NY", 37: "NC", 38: "ND", 39: "OH", 40: "OK", 41: "OR",
  42: "PA", 44: "RI", 45: "SC", 46: "SD", 47: "TN", 48: "TX", 49: "UT", 50: "VT", 51: "VA", 53: "WA", 54: "WV", 55: "WI", 56: "WY",
  60: "AS", 66: "GU", 69: "MP", 72: "PR", 78: "VI",
};

const read = (name) => JSON.parse(readFileSync(require.resolve(`us-atlas/${name}`), "utf8"));

// thin drops what is too small to see: vertices, and islands no larger than they.
function thin(atlas, smallest) {
  const weighed = presimplify(atlas);
  return simplify(filter(weighed, filterWeight(weighed, smallest)), smallest);
}

// write gives how many bytes a browser will load.
function write(name, objects, steps) {
  const text = JSON.stringify(topology(objects, steps), (key, value) => (key === "bbox" ? value.map((x) => Math.round(x * 1e4) / 1e4) : value));
  writeFileSync(new URL(name, out), text + "\n");
  return brotliCompressSync(text).length;
}

rmSync(out, { recursive: true, force: true });
mkdirSync(new URL("counties/", out), { recursive: true });

const states = thin(read("states-10m.json"), coarse);
const features = feature(states, states.objects.states).features.map((f) => ({ type: "Feature", id: postal[f.id], geometry: f.geometry }));
console.log("states.json:", write("states.json", { land: { type: "FeatureCollection", features } }, 1e4), "bytes");

const counties = thin(read("counties-10m.json"), fine);
const ofState = {};
for (const g of counties.objects.counties.geometries) (ofState[g.id.slice(0, 2)] ??= []).push(g);
const sizes = Object.entries(ofState).map(([fips, geometries]) =>
  write(
    `counties/${postal[fips]}.json`,
    { land: merge(counties, geometries), lines: mesh(counties, { type: "GeometryCollection", geometries }, (a, b) => a !== b) },
    3000,
  ),
);
sizes.sort((a, b) => a - b);
console.log("counties:", sizes.length, "files of", sizes[0], "to", sizes.at(-1), "bytes");
