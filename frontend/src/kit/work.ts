// What this phone took along, and what was done on it since: one picture of both.
import { isTheirs, tellWhose } from "../shared/phone";
import * as outbox from "./outbox";
import * as store from "./store";

export interface Shift {
  id: number;
  unit: number;
  station: string;
  kind: string;
  place: string;
  starts: string;
  ends: string;
  came: string | null;
  left: string | null;
  where: [number, number] | null;
  handed?: { name: string; words: string }[];
  words?: string; // what was written at leaving it
}
export interface Point {
  id: number;
  place: number;
  name: string;
  x: number | null;
  y: number | null;
  stairs: boolean;
  expected: number | null;
}
export interface Route {
  id: number;
  unit: number;
  name: string;
  kind: string;
  heads: boolean;
  points: Point[];
}
export interface Field {
  name: string;
  type: string;
  zh: string;
  en: string;
  required: boolean;
  min: number | null;
  max: number | null;
}
export interface Activity {
  code: string;
  zh: string;
  en: string;
  fields: Field[];
}
export interface Walk {
  key: string;
  route: number;
  started: string;
  points: Point[]; // those it began with, in the order suggested
  seen: Record<number, string>;
  ended: boolean;
}
export interface MyHazard {
  id: number;
  what: string;
  measure: string;
  until: string;
}
export interface Checklist {
  key: string;
  version: number;
  name: string;
  whole: boolean;
  items: string[];
}
export interface Stop {
  list: string;
  unit: number;
  place: string;
}
export interface Taken {
  person: number;
  name: string;
  units: { id: number; name: string }[];
  shifts: Shift[];
  zones?: { unit: number; name: string; out: string; classes: string[] }[];
  routes: Route[];
  running: { key: string; route: number; started: string; points: Point[]; seen: number[] }[];
  activities: Activity[];
  hazards?: MyHazard[];
  checklists?: Checklist[];
  stops?: Stop[];
  owed: { unit: number; obligation: number; activity: string; action: string; ends: string }[];
  at: number;
}

const LONGEST = 24 * 3600 * 1000;
export const work: {
  taken: Taken | undefined;
  walks: Walk[];
  entries: store.Entry[];
  full: boolean;
} = { taken: undefined, walks: [], entries: [], full: false };

// On a shared tablet what was taken along is kept for each person, and only theirs is in sight.
let owner: number | undefined;
let ticket = "";
const named = (name: string): string => (owner === undefined ? name : `${name}:${owner}`);

export async function open(person?: number, pass = ""): Promise<void> {
  owner = person;
  ticket = pass;
  await store.forgetOld();
  work.taken = await store.kept<Taken>(named("taken"));
  if (owner === undefined) hideOthers();
  work.walks = (await store.kept<Walk[]>(named("walks"))) ?? [];
  await look();
}

// On one's own phone nobody sees, or acts as, whoever was signed in before; what they recorded is kept until they are back.
export function hideOthers(): void {
  const there = work.taken?.person;
  if (owner !== undefined || there === undefined) return;
  const other =
    outbox.standing.known && outbox.standing.person !== null && outbox.standing.person !== there;
  if (!other && isTheirs(there)) return;
  work.taken = undefined;
  work.walks = [];
}

export function close(): void {
  owner = undefined;
  ticket = "";
  work.taken = undefined;
  work.walks = [];
}

export async function look(): Promise<void> {
  work.entries = await store.entries();
  outbox.paceFor(work.entries.length);
  walksFromOutbox();
  sendOnceItCounts();
}

let waking = 0;

// What can still be undone goes by itself as soon as it cannot, also after the kit was closed meanwhile.
function sendOnceItCounts(): void {
  window.clearTimeout(waking);
  const held = work.entries.filter(store.isHeld).map((e) => (e.until ?? 0) - Date.now());
  if (held.length) waking = window.setTimeout(() => void outbox.flush(), Math.min(...held) + 60);
}

// The outbox is the truth of a round: what is saved there was walked, though the page was killed before it noted so.
function walksFromOutbox(): void {
  for (const e of work.entries) if (e.state === "refused") takeBack(e);
  for (const e of work.entries) {
    if (e.state === "refused" || e.person !== work.taken?.person || !e.verb.startsWith("round."))
      continue;
    const key = String(e.fields["round"]);
    let walk = work.walks.find((w) => w.key === key);
    if (!walk && e.verb === "round.start" && Date.now() - Date.parse(e.at) < LONGEST) {
      const route = work.taken.routes.find((r) => r.id === e.fields["route"]);
      if (route)
        work.walks.push(
          (walk = {
            key,
            route: route.id,
            started: e.at,
            points: drawnOrder(route.points),
            seen: {},
            ended: false,
          }),
        );
    }
    if (!walk) continue;
    if (e.verb === "round.scan") walk.seen[Number(e.fields["checkpoint"])] ??= e.at;
    if (e.verb === "round.end") walk.ended = true;
  }
}

// What the server refused was not done: the point is not reached, the round not begun.
function takeBack(e: store.Entry): void {
  const walk = work.walks.find((w) => w.key === String(e.fields["round"]));
  if (!walk) return;
  const point = Number(e.fields["checkpoint"]);
  if (e.verb === "round.start") walk.ended = true;
  const said = (o: store.Entry): boolean =>
    o.state !== "refused" &&
    o.verb === "round.scan" &&
    o.fields["round"] === walk.key &&
    Number(o.fields["checkpoint"]) === point;
  if (e.verb === "round.scan" && !work.entries.some(said)) delete walk.seen[point];
}

export async function refresh(): Promise<void> {
  await look();
  hideOthers();
  const idle = new Set(work.walks.filter((w) => !waits(w)).map((w) => w.key));
  const whose = owner;
  const fresh = await outbox.takeAlong<Taken>(ticket);
  if (!fresh || (whose !== undefined && fresh.person !== whose)) return;
  if (owner !== whose) {
    // Locked, or unlocked by somebody else, meanwhile: kept for them, and shown to nobody.
    if (whose !== undefined) await store.keep(`taken:${whose}`, { ...fresh, at: Date.now() });
    return;
  }
  const before = work.taken ?? (await store.kept<Taken>(named("taken")));
  if (before?.person !== fresh.person) work.walks = [];
  else if (!work.taken) work.walks = (await store.kept<Walk[]>(named("walks"))) ?? [];
  if (whose === undefined) tellWhose(fresh.person);
  work.taken = { ...fresh, at: Date.now() };
  for (const r of fresh.running) {
    if (work.walks.some((w) => w.key === r.key)) continue;
    work.walks.push({
      key: r.key,
      route: r.route,
      started: r.started,
      points: r.points,
      seen: Object.fromEntries(r.seen.map((p) => [p, r.started])),
      ended: false,
    });
  }
  // A round that the server knows as ended, by the pages or by the clock, is ended here too, unless something of it still waits.
  for (const w of work.walks) {
    // What was begun while the answer was on its way is not in it.
    if (idle.has(w.key) && !waits(w)) w.ended = !fresh.running.some((r) => r.key === w.key);
  }
  work.walks = work.walks.filter((w) => Date.now() - Date.parse(w.started) < LONGEST);
  await store.keep(named("taken"), work.taken);
  await store.keep(named("walks"), work.walks);
}

const waits = (walk: Walk): boolean =>
  work.entries.some((e) => e.state === "saved" && e.fields["round"] === walk.key);

// Save on this phone first, then try to send. `old`: what it takes the place of, whose time it keeps; `hold`: for so many milliseconds it can be undone. False where the phone is full: then nothing was done.
export async function act(
  verb: string,
  fields: Record<string, unknown>,
  label: string,
  photos: Blob[] = [],
  old?: store.Entry,
  hold = 0,
): Promise<boolean> {
  hideOthers();
  const person = work.taken?.person;
  if (!person) {
    outbox.changed();
    return false;
  }
  try {
    await store.save(
      person,
      {
        verb,
        fields,
        at: old?.at ?? new Date().toISOString(),
        ahead: old ? (old.ahead ?? null) : outbox.ahead(),
        ...(hold ? { until: Date.now() + hold } : {}),
        label,
      },
      photos,
    );
    work.full = false;
  } catch {
    work.full = true;
    outbox.changed();
    return false;
  }
  // A round is known from what was saved; that it is kept beside is for speed.
  await store.keep(named("walks"), work.walks).catch(() => undefined);
  void navigator.storage?.persist?.();
  await look();
  outbox.changed();
  void outbox.flush();
  return true;
}

// Takes back what waits to be sent; false where it is too late for that.
export async function undo(entry: store.Entry): Promise<boolean> {
  if (!store.isHeld(entry)) return false;
  await store.forget(entry);
  await look();
  outbox.changed();
  return true;
}

// What was done by one tap and can still be undone.
export const undoable = (): store.Entry[] =>
  work.entries.filter((e) => e.person === work.taken?.person && store.isHeld(e));

// Whether somebody signed in to a shift, or left it: by the server's word, or by what waits here.
export function done(
  shift: Shift,
  verb: "shift.sign_in" | "shift.leave",
): store.Entry | string | null {
  const asked = work.taken?.at ?? 0;
  const mine = work.entries.filter(
    (e) =>
      ["shift.sign_in", "shift.leave"].includes(e.verb) &&
      e.fields["shift"] === shift.id &&
      e.state !== "refused",
  );
  if (verb === "shift.sign_in") return mine.filter((e) => e.verb === verb).pop() ?? shift.came;
  // What was answered before the server was asked is in its answer. Signing in again takes a leaving back.
  const last = mine.filter((e) => e.state === "saved" || e.done > asked).pop();
  return last ? (last.verb === verb ? last : null) : shift.left;
}

export function walkOf(route: Route): Walk | undefined {
  return work.walks.find((w) => w.route === route.id && !w.ended);
}

// An order that differs from round to round: from a point drawn by chance, mostly to the nearest.
export function drawnOrder(points: Point[]): Point[] {
  const left = [...points];
  const pick = (n: number): number => (crypto.getRandomValues(new Uint32Array(1))[0] ?? 0) % n;
  const order: Point[] = left.length ? left.splice(pick(left.length), 1) : [];
  while (left.length) {
    const here = order[order.length - 1] as Point;
    if (here.x !== null && left.every((p) => p.x !== null))
      left.sort((a, b) => away(a, here) - away(b, here));
    const next = here.x === null ? pick(left.length) : Math.min(left.length - 1, pick(3) ? 0 : 1);
    order.push(...left.splice(next, 1));
  }
  return order;
}

const away = (a: Point, b: Point): number =>
  ((a.x ?? 0) - (b.x ?? 0)) ** 2 + ((a.y ?? 0) - (b.y ?? 0)) ** 2;
