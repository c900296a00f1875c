// The interactive map, loaded on request: it takes the sketch's place, shows what the list shows, and gives the sketch
// back when it is closed. Everything on it can be reached by keyboard, and its words come from the page.
import L from "leaflet";
import "./map.css";
import { refresh } from "../live";
import { drawOutlines } from "./outlines";
import { ask, Pins, type Place, type Shape, type View } from "./places";

type Words = Record<"label" | "help" | "close" | "area" | "many" | "rough" | "partly" | "failed" | "in" | "out" | "outlines", string>;

const deepest = 12; // the outlines hold no more than this zoom shows
const listed = 20; // places named when they stand on one spot

let current: CareMap | undefined;

export async function openMap(slot: HTMLElement): Promise<void> {
  const words = await fetch(slot.dataset.words!);
  if (!words.ok) throw new Error(`words: ${words.status}`);
  current?.close();
  current = new CareMap(slot, (await words.json()) as Words);
  await current.start();
}

document.addEventListener("resultsleaving", () => current?.holdOn());
document.addEventListener("resultschange", () => {
  const slot = document.querySelector<HTMLElement>("[data-results] [data-map]");
  if (slot) void current?.moveTo(slot);
  else current = undefined;
});

class CareMap {
  private root = element("div", "map-live");
  private frame = element("div", "map-frame");
  private area = element("button");
  private chosen = element("div", "map-chosen");
  private status = element("p", "small");
  private map: L.Map;
  private pins = new Pins([]);
  private markers = new Map<string, L.Marker>();
  private whole = true;
  private asked?: AbortController;
  private around = L.layerGroup();
  private focused?: HTMLElement;
  private settled = false;

  constructor(
    private slot: HTMLElement,
    private words: Words,
  ) {
    this.status.setAttribute("role", "status");
    const close = element("button", "second");
    close.textContent = this.words.close;
    close.addEventListener("click", () => this.close(true));
    this.area.textContent = this.words.area;
    this.area.hidden = true;
    this.area.addEventListener("click", () => this.searchHere());
    const tools = element("div", "map-tools");
    tools.append(close, this.area);
    const help = element("p", "visually-hidden");
    help.id = "map-help";
    help.textContent = this.words.help;
    this.root.append(tools, help, this.frame, this.status, this.chosen);

    this.put();
    this.map = this.makeMap();
    this.around.addTo(this.map);
    this.look();
  }

  private makeMap(): L.Map {
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const map = L.map(this.frame, {
      maxZoom: deepest, minZoom: 1, zoomSnap: 0.5, zoomControl: false, attributionControl: false, worldCopyJump: true,
      maxBounds: [[-85, -1000], [85, 1000]], zoomAnimation: !calm, fadeAnimation: false, inertia: !calm,
    });
    L.control.zoom({ zoomInTitle: this.words.in, zoomOutTitle: this.words.out }).addTo(map);
    const miles = "miles" in this.slot.dataset;
    L.control.scale({ imperial: miles, metric: !miles }).addTo(map);
    L.control.attribution({ prefix: false, position: "topright" }).addAttribution(this.words.outlines).addTo(map);
    this.frame.setAttribute("role", "application");
    this.frame.setAttribute("aria-label", this.words.label);
    this.frame.setAttribute("aria-describedby", "map-help");
    map.on("moveend", () => this.moved());
    map.on("dragstart zoomstart keydown", () => this.offerArea());
    return map;
  }

  async start(): Promise<void> {
    void drawOutlines(this.map).catch(() => {}); // the pins are right without them
    await this.load();
    this.settled = true;
    this.frame.focus();
  }

  // put takes the sketch's place.
  private put(): void {
    for (const e of this.slot.children) (e as HTMLElement).toggleAttribute("hidden", true);
    this.slot.append(this.root);
  }

  // look goes to the part of the world the sketch showed, and draws the place asked about.
  private look(): void {
    const [west, south, east, north] = this.slot.dataset.box!.split(",").map(Number) as View["box"];
    this.map.fitBounds([[south, west], [north, east < west ? east + 360 : east]], { animate: false });
    this.around.clearLayers();
    const [lng, lat, radius] = this.slot.dataset.around?.split(",").map(Number) ?? [];
    if (lng === undefined || lat === undefined) return;
    if (radius) L.circle([lat, lng], { radius, className: "ring", interactive: false }).addTo(this.around);
    L.circleMarker([lat, lng], { radius: 6, className: "here", interactive: false }).addTo(this.around);
  }

  private view(): View {
    const b = this.map.getBounds();
    const all = b.getEast() - b.getWest() >= 360;
    const box: View["box"] = [all ? -180 : wrap(b.getWest()), Math.max(-90, b.getSouth()), all ? 180 : wrap(b.getEast()), Math.min(90, b.getNorth())];
    return { box, zoom: Math.round(this.map.getZoom()) };
  }

  private async load(): Promise<void> {
    this.asked?.abort();
    const mine = (this.asked = new AbortController());
    const { points, question = "", places } = this.slot.dataset;
    try {
      const answer = points
        ? await ask(points, question, this.view(), mine.signal)
        : { whole: true, total: 0, places: JSON.parse(places ?? "[]") as Place[] };
      if (mine.signal.aborted) return;
      this.whole = answer.whole;
      this.pins = new Pins(answer.places);
      const few = answer.whole && answer.places.length < answer.total;
      this.status.textContent = few ? say(this.words.partly, answer.places.length, answer.total) : "";
    } catch (e) {
      if (mine.signal.aborted) return;
      this.status.textContent = this.words.failed;
    }
    this.draw();
  }

  private moved(): void {
    if (this.whole) this.draw();
    else void this.load();
  }

  // draw changes only the pins that changed: one that has the focus must not be made anew under it.
  private draw(): void {
    const wanted = new Map(this.pins.in(this.view()).map((s) => [s.key, s]));
    for (const [key, marker] of this.markers) {
      if (wanted.has(key)) continue;
      if (marker.getElement() === document.activeElement) this.frame.focus();
      marker.remove();
      this.markers.delete(key);
    }
    for (const [key, shape] of wanted) {
      if (!this.markers.has(key)) this.markers.set(key, this.pin(shape));
    }
  }

  private pin(shape: Shape): L.Marker {
    const size = shape.n === 1 ? 26 : shape.n < 100 ? 34 : 42;
    const className = `pin${shape.n > 1 ? " many" : ""}${shape.place?.rough ? " rough" : ""}`;
    const icon = L.divIcon({ className, html: shape.n > 1 ? short(shape.n) : "", iconSize: [size, size] });
    const [lng, lat] = shape.at;
    const marker = L.marker([lat, lng], { icon, title: this.name(shape) }).addTo(this.map);
    const e = marker.getElement()!;
    e.setAttribute("aria-label", this.name(shape));
    e.addEventListener("keydown", (k) => {
      if (k.key !== "Enter" && k.key !== " ") return;
      k.preventDefault();
      k.stopPropagation();
      this.choose(shape, e);
    });
    marker.on("click", (c) => (L.DomEvent.stopPropagation(c), this.choose(shape, e)));
    return marker;
  }

  private name({ n, place }: Shape): string {
    if (!place?.name) return say(this.words.many, n);
    return place.rough ? `${place.name} (${this.words.rough})` : place.name;
  }

  // choose opens what a pin stands for: several come closer until they part, and one is named below the map.
  private choose({ at: [lng, lat], n, place, cluster }: Shape, pin: HTMLElement): void {
    const zoom = cluster === undefined ? this.map.getZoom() + 2 : this.pins.apartAt(cluster);
    if (n > 1 && zoom <= deepest) {
      this.offerArea();
      this.frame.focus();
      this.map.setView([lat, lng], zoom);
      return;
    }
    const several = cluster === undefined ? [place!] : this.pins.leaves(cluster, listed);
    const named = several.filter((p) => p.id);
    if (named.length === 0) return this.searchHere();
    this.frame.querySelector(".chosen")?.classList.remove("chosen");
    pin.classList.add("chosen");
    const list = element("ul", "plain");
    list.append(...named.map((p) => this.entry(p)));
    this.chosen.replaceChildren(list);
    list.querySelector("a")!.focus();
  }

  private entry(p: Place): HTMLLIElement {
    const link = element("a");
    link.href = this.slot.dataset.listings! + p.id;
    link.textContent = p.name ?? "";
    const item = element("li");
    item.append(link, [p.kind && ` · ${p.kind}`, p.rough && ` (${this.words.rough})`].filter(Boolean).join(""));
    return item;
  }

  private form = () => document.querySelector<HTMLFormElement>("form#search");

  private offerArea(): void {
    if (this.settled && this.slot.dataset.points && this.form()) this.area.hidden = false;
  }

  // searchHere asks the list's question of the part of the map in view: list and map stay one.
  private searchHere(): void {
    const form = this.form();
    if (!form) return;
    const set = (name: string, value: string) => {
      let field = form.elements.namedItem(name) as HTMLInputElement | null;
      if (!field && value) {
        field = element("input");
        field.type = "hidden";
        field.name = name;
        form.append(field);
      }
      if (field) field.value = value;
    };
    set("place", "");
    set("near", "");
    set("bbox", this.view().box.map((x) => x.toFixed(4)).join(","));
    this.area.hidden = true;
    if ("live" in form.dataset) void refresh(form);
    else form.requestSubmit(); // by POST when the search is private
  }

  // holdOn remembers the focus: the map is about to be taken out of the results that leave.
  holdOn(): void {
    const active = document.activeElement;
    this.focused = active instanceof HTMLElement && this.root.contains(active) ? active : undefined;
    this.root.remove();
  }

  // moveTo goes on in the results that came.
  async moveTo(slot: HTMLElement): Promise<void> {
    const inView = slot.dataset.question?.includes("bbox=");
    this.slot = slot;
    this.chosen.replaceChildren();
    this.put();
    this.map.invalidateSize({ animate: false });
    this.settled = false;
    if (!inView) this.look();
    if (this.focused) (this.focused.hidden ? this.frame : this.focused).focus();
    await this.load();
    this.settled = true;
  }

  close(byHand = false): void {
    this.asked?.abort();
    this.map.remove();
    this.root.remove();
    for (const e of this.slot.children) (e as HTMLElement).toggleAttribute("hidden", false);
    const open = this.slot.querySelector<HTMLElement>("[data-map-open]");
    open?.removeAttribute("aria-busy");
    if (byHand) open?.focus();
    current = undefined;
  }
}

function element<K extends keyof HTMLElementTagNameMap>(tag: K, className = ""): HTMLElementTagNameMap[K] {
  const e = document.createElement(tag);
  if (className) e.className = className;
  if (e instanceof HTMLButtonElement) e.type = "button";
  return e;
}

const wrap = (lng: number) => ((((lng + 180) % 360) + 360) % 360) - 180;

const say = (text: string, n: number, of = 0) => text.replace("{n}", String(n)).replace("{of}", String(of));

const short = (n: number) => (n < 1000 ? String(n) : `${Math.round(n / 1000)}k`);
