// The places of a map: the answer to the list's own question, and what is drawn of it.
import Supercluster from "supercluster";

// Place is one site, or, on a map of more than can be listed, several.
export interface Place {
  at: [lng: number, lat: number];
  n: number;
  id?: string;
  name?: string;
  kind?: string;
  rough?: boolean; // only the town is known
}

export interface Answer {
  total: number;
  // whole says that places are the sites themselves; else they were counted for the part of the map in view.
  whole: boolean;
  places: Place[];
}

// Shape is what one pin stands for.
export interface Shape {
  key: string;
  at: [lng: number, lat: number];
  n: number;
  place?: Place;
  cluster?: number;
}

// View is the part of the map in view.
export interface View {
  box: [west: number, south: number, east: number, north: number];
  zoom: number;
}

// ask always posts: the question stays out of addresses whichever way the page was asked.
export async function ask(url: string, question: string, view: View, signal: AbortSignal): Promise<Answer> {
  const body = new URLSearchParams(question);
  body.set("view", view.box.map((x) => x.toFixed(4)).join(","));
  body.set("zoom", String(view.zoom));
  const answer = await fetch(url, { method: "POST", body, signal });
  if (!answer.ok) throw new Error(`places: ${answer.status}`);
  return (await answer.json()) as Answer;
}

type Counted = { n: number };

export class Pins {
  private index = new Supercluster<Place, Counted>({ extent: 256, radius: 46, maxZoom: 12, map: (p) => ({ n: p.n }), reduce: (sum, p) => (sum.n += p.n) });

  constructor(places: Place[]) {
    this.index.load(places.map((p) => ({ type: "Feature", geometry: { type: "Point", coordinates: p.at }, properties: p })));
  }

  in({ box, zoom }: View): Shape[] {
    return this.index.getClusters(box, zoom).map((f) => {
      const at = f.geometry.coordinates as [number, number];
      if ("cluster_id" in f.properties) {
        const { n, cluster_id } = f.properties;
        return { key: `${at}:${n}`, at, n, cluster: cluster_id };
      }
      const place = f.properties as Place;
      return { key: `${place.id ?? at}:${place.at}:${place.n}`, at, n: place.n, place };
    });
  }

  // apartAt gives the zoom at which a cluster falls apart.
  apartAt(cluster: number): number {
    return this.index.getClusterExpansionZoom(cluster);
  }

  // leaves gives what a cluster holds.
  leaves(cluster: number, most: number): Place[] {
    return this.index.getLeaves(cluster, most).map((f) => f.properties);
  }
}
