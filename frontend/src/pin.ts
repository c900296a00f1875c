// A pin that can be moved: by mouse, by touch, and by arrow keys that say where it is. The map is drawn by the server,
// anew when the pin comes near its edge; the fields of the point are the truth, and what is typed in them moves the pin.
const edge = 40; // pixels of the drawing
const digits = 5; // of a degree: a metre
const pause = 400; // before a position is said: not at each of many steps
const arrows: Record<string, [number, number]> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const addressed = ["street", "city", "division", "postal_code", "country"];

export function pins(form: HTMLFormElement) {
  for (const slot of form.querySelectorAll<HTMLElement>("[data-pin]")) new Pin(slot, slot.closest("fieldset")!);
}

type Field = HTMLInputElement | HTMLSelectElement;

class Pin {
  private map: HTMLElement | null = null;
  private at = { x: 0, y: 0 }; // of the pin, in pixels of the drawing
  private size = { x: 0, y: 0 };
  private asked?: AbortController;
  private saying = 0;

  constructor(
    private slot: HTMLElement,
    private part: HTMLFieldSetElement,
  ) {
    this.take(slot.querySelector("[data-pin-map]"));
    for (const name of ["lat", "lng"]) this.field(name).addEventListener("change", () => this.typed());
    part.querySelector("button[value^=locate-]")?.addEventListener("click", (e) => this.find(e));
    slot.querySelector("[data-pin-zoom]")!.addEventListener("click", (e) => {
      const by = (e.target as HTMLElement).dataset.by;
      if (by) void this.closer(Number(by));
    });
  }

  private field(name: string): Field {
    return this.part.querySelector<Field>(`[name$=".${name}"]`)!;
  }

  // take makes a drawing one whose pin can be moved.
  private take(map: HTMLElement | null) {
    this.map = map;
    for (const e of this.slot.querySelectorAll<HTMLElement>("[data-pin-move], [data-pin-zoom]")) e.hidden = !map;
    if (!map) return;
    const svg = this.drawing();
    const { width, height } = svg.viewBox.baseVal;
    this.size = { x: width, y: height };
    this.at = { x: width / 2, y: height / 2 };
    svg.setAttribute("tabindex", "0");
    svg.setAttribute("role", "application");
    svg.setAttribute("aria-roledescription", this.slot.dataset.role!);
    svg.setAttribute("aria-describedby", this.slot.querySelector("[data-pin-move]")!.id);
    svg.addEventListener("keydown", (e) => this.key(e));
    const drop = svg.querySelector("[data-pin-drop]")!;
    drop.addEventListener("pointerdown", (e) => this.drag(e as PointerEvent));
    drop.addEventListener("touchstart", (e) => e.preventDefault(), { passive: false }); // elsewhere a finger scrolls
  }

  private drawing(): SVGSVGElement {
    return this.map!.querySelector<SVGSVGElement>("[data-pin-drawing]")!;
  }

  private drag(down: PointerEvent) {
    const svg = this.drawing();
    const drop = down.currentTarget as Element;
    const scale = this.size.x / svg.getBoundingClientRect().width;
    const from = { ...this.at };
    down.preventDefault();
    svg.focus({ preventScroll: true });
    drop.setPointerCapture(down.pointerId);
    const move = (e: Event) => {
      const { clientX, clientY } = e as PointerEvent;
      this.put(from.x + (clientX - down.clientX) * scale, from.y + (clientY - down.clientY) * scale);
    };
    const end = (e: Event) => {
      drop.removeEventListener("pointermove", move);
      drop.removeEventListener("pointerup", end);
      drop.removeEventListener("pointercancel", end);
      if (e.type === "pointercancel") this.put(from.x, from.y);
      else if (this.at.x !== from.x || this.at.y !== from.y) this.settle();
    };
    drop.addEventListener("pointermove", move);
    drop.addEventListener("pointerup", end);
    drop.addEventListener("pointercancel", end);
  }

  private key(e: KeyboardEvent) {
    const way = arrows[e.key];
    if (e.ctrlKey || e.altKey || e.metaKey) return;
    if (way) {
      const far = e.shiftKey ? 10 : 1;
      this.put(this.at.x + way[0] * far, this.at.y + way[1] * far);
      this.settle();
    } else if (e.key === "+" || e.key === "=" || e.key === "-") {
      void this.closer(e.key === "-" ? 4 : 0.25);
    } else {
      return;
    }
    e.preventDefault();
  }

  private put(x: number, y: number) {
    this.at = { x: Math.min(Math.max(x, 0), this.size.x), y: Math.min(Math.max(y, 0), this.size.y) };
    this.map!.querySelector("[data-pin-drop]")!.setAttribute("transform", `translate(${this.at.x} ${this.at.y})`);
  }

  // settle writes where the pin is into the fields, and says it.
  private settle() {
    const { lat, lng, zoom } = this.map!.dataset;
    const height = mercator(Number(lat)) + (this.size.y / 2 - this.at.y) / Number(zoom);
    const east = Number(lng) + (this.at.x - this.size.x / 2) / Number(zoom);
    this.field("lat").value = latitude(height).toFixed(digits);
    this.field("lng").value = (((((east + 180) % 360) + 360) % 360) - 180).toFixed(digits);
    this.changed();
    this.say(this.position());
    const { x, y } = this.at;
    if (x < edge || y < edge || x > this.size.x - edge || y > this.size.y - edge) void this.draw(this.point(), Number(this.map!.dataset.reach));
  }

  private changed() {
    this.field("lat").dispatchEvent(new Event("input", { bubbles: true }));
  }

  private point(): string {
    return `${this.field("lat").value.trim()}, ${this.field("lng").value.trim()}`;
  }

  private position(): string {
    const { at, precise } = this.slot.dataset;
    const how = this.field("precision") as HTMLSelectElement;
    return `${at!.replace("{lat}", this.field("lat").value).replace("{lng}", this.field("lng").value)}. ${precise!.replace("{precision}", how.selectedOptions[0]?.text ?? "")}`;
  }

  private say(words: string) {
    clearTimeout(this.saying);
    this.saying = window.setTimeout(() => (this.slot.querySelector("[data-pin-status]")!.textContent = words), pause);
  }

  private typed() {
    if (this.field("lat").value.trim() && this.field("lng").value.trim()) void this.draw(this.point(), Number(this.map?.dataset.reach ?? 0));
  }

  private async closer(by: number) {
    await this.draw(this.point(), Math.round(Number(this.map!.dataset.reach) * by));
  }

  // find asks the gazetteer for the address as it is typed.
  private async find(e: Event) {
    const address = addressed.map((name) => this.field(name).value.trim()).filter(Boolean);
    if (address.length === 0) return; // the server says what is missing
    e.preventDefault();
    const page = await this.draw(address.join(", "), 0);
    if (!page || !this.map) return;
    for (const name of ["lat", "lng", "precision"]) this.field(name).value = this.map.dataset[name] ?? "";
    this.changed();
    this.say(page.querySelector("[data-pin-found]")?.textContent ?? "");
  }

  // draw has the server draw a place, and gives the page that it is on; nothing when there is no such place, which is
  // said, or when a later one was asked for.
  private async draw(address: string, reach: number): Promise<Document | undefined> {
    this.asked?.abort();
    const mine = (this.asked = new AbortController());
    const question = new URLSearchParams({ address });
    if (reach) question.set("reach", String(reach));
    try {
      const answer = await fetch(this.slot.dataset.pin!, { method: "POST", body: question, signal: mine.signal });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (mine.signal.aborted) return;
      const fresh = page.querySelector<HTMLElement>("[data-pin-map]");
      if (!answer.ok || !fresh) {
        this.say(page.querySelector("form .error")?.textContent?.trim() ?? this.slot.dataset.failed!);
        return;
      }
      const focused = this.map?.contains(document.activeElement);
      if (this.map) this.map.replaceWith(fresh);
      else this.slot.prepend(fresh);
      this.take(fresh);
      if (focused) this.drawing().focus({ preventScroll: true });
      return page;
    } catch {
      if (!mine.signal.aborted) this.say(this.slot.dataset.failed!);
    }
  }
}

// mercator gives the height of a latitude on the plane that the map is drawn on, in degrees; latitude is its inverse.
function mercator(lat: number): number {
  return (Math.asinh(Math.tan((lat * Math.PI) / 180)) * 180) / Math.PI;
}

function latitude(height: number): number {
  return (Math.atan(Math.sinh((height * Math.PI) / 180)) * 180) / Math.PI;
}
