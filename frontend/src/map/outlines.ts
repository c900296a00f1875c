// What lies under the pins: the states, and closer the counties, of a map without streets. No other company's server is
// asked for anything.
import L from "leaflet";
import { feature } from "topojson-client";
import type { Topology } from "topojson-specification";
import type { FeatureCollection } from "geojson";
import statesURL from "../../geo/states.json?url";

const countyURLs = import.meta.glob<string>("../../geo/counties/*.json", { query: "?url", import: "default", eager: true });
const closeUp = 6; // from this zoom on the states in view are drawn with their counties

async function read(url: string): Promise<Topology> {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`outlines: ${answer.status}`);
  return (await answer.json()) as Topology;
}

export async function drawOutlines(map: L.Map): Promise<void> {
  const topology = await read(statesURL);
  const states = new Map<string, { coarse: L.GeoJSON; fine?: Promise<L.LayerGroup> }>();
  for (const f of (feature(topology, topology.objects.land!) as FeatureCollection).features) {
    states.set(String(f.id), { coarse: shape(f, "land").addTo(map) });
  }
  const refine = () => {
    for (const [code, s] of states) {
      if (map.getZoom() >= closeUp && map.getBounds().intersects(s.coarse.getBounds())) {
        s.fine ??= counties(code);
        void s.fine.then((fine) => {
          if (map.getZoom() >= closeUp) fine.addTo(map);
          s.coarse.remove();
        }, () => (s.fine = undefined));
      } else if (map.getZoom() < closeUp && s.fine) {
        void s.fine.then((fine) => fine.remove());
        s.coarse.addTo(map);
      }
    }
  };
  map.on("moveend", refine);
  refine();
}

async function counties(code: string): Promise<L.LayerGroup> {
  const topology = await read(countyURLs[`../../geo/counties/${code}.json`]!);
  return L.layerGroup([
    shape(feature(topology, topology.objects.land!), "land"),
    shape(feature(topology, topology.objects.lines!), "county"),
  ]);
}

function shape(data: GeoJSON.GeoJsonObject, className: string): L.GeoJSON {
  return L.geoJSON(data, { interactive: false, style: { className, smoothFactor: 1.5 } as L.PathOptions });
}
