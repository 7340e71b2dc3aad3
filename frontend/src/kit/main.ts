import { followTheNight } from "./night";
import "./field.css";
import { alone, button, h } from "./dom";
import * as outbox from "./outbox";
import { hazardButtons } from "./hazards";
import { photoField, Photos } from "./photo_field";
import { fetchReader, placeOf, scan, type Scanning } from "./scan";
import * as store from "./store";
import * as tablet from "./tablet";
import { device, metresFrom, newId } from "../shared/phone";
import {
  act,
  close,
  done,
  drawnOrder,
  hideOthers,
  look,
  open,
  refresh,
  type Activity,
  type Point,
  type Route,
  type Shift,
  type Walk,
  undo,
  undoable,
  walkOf,
  work,
} from "./work";
import { clock, day, english, word } from "./words";

type View = () => HTMLElement;
const main = document.getElementById("field") as HTMLElement;
const strip = document.getElementById("strip") as HTMLElement;
let view: View = home;
let scanning: Scanning | undefined;
const LATE = 2 * 3600_000; // milliseconds after the end of a shift in which one may still hand over
// What is being typed must not vanish because something was sent meanwhile.
let typing = false;

function show(next: View, writes = false): void {
  stopCamera();
  view = next;
  typing = writes;
  main.replaceChildren(next());
  main.querySelector<HTMLElement>("h1")?.focus();
  window.scrollTo(0, 0);
}

// A camera that is only just starting when its view is left must not run on behind the next one.
let cameras = 0;

function stopCamera(): void {
  cameras++;
  scanning?.stop();
  scanning = undefined;
}

// While a finger is down nothing is redrawn: the button under it would be another when it is lifted, and the tap would be lost.
let pressed = false;
let stale = false;
document.addEventListener("pointerdown", () => (pressed = true), true);
for (const event of ["pointerup", "pointercancel"])
  document.addEventListener(event, () => window.setTimeout(lifted), true);

function lifted(): void {
  pressed = false;
  if (stale) draw();
}

function draw(): void {
  stale = pressed;
  if (pressed) return;
  strip.replaceChildren(...status());
  if (!typing && !scanning) main.replaceChildren(view());
}

// -- the strip: three truths, always in sight
function status(): Node[] {
  const isShared = !!tablet.current();
  const waiting = work.entries.filter((e) => e.state === "saved");
  const mine = isShared
    ? waiting.length
    : waiting.filter((e) => e.person === work.taken?.person).length;
  const others = waiting.length - mine;
  const refused = work.entries.filter(
    (e) => e.state === "refused" && (!isShared || e.person === work.taken?.person),
  ).length;
  const parts: Node[] = [];
  const main_ = outbox.standing.away
    ? word("away")
    : !outbox.standing.online
      ? word("offline")
      : outbox.standing.sending && mine
        ? word("sending")
        : mine
          ? word("unsent", mine)
          : word("all_sent");
  strip.dataset["state"] = mine ? "waiting" : outbox.standing.online ? "sent" : "offline";
  parts.push(
    h(
      "button",
      { type: "button", class: "state", onclick: () => show(sentList) },
      (!outbox.standing.online || outbox.standing.away) && mine
        ? `${word(outbox.standing.away ? "away" : "offline")} · ${word("unsent", mine)}`
        : main_,
      refused > 0 && ` · ▲ ${word("refused")} ${refused}`,
    ),
  );
  if (!isShared && outbox.standing.known && outbox.standing.person === null)
    parts.push(h("a", { class: "act", href: "/sign-in/?next=/field/" }, word("sign_in_again")));
  const ended = tablet.endedNames(new Set(waiting.map((e) => e.person)));
  if (ended.length)
    parts.push(h("span", { class: "warn" }, `${word("pin_again")} ${ended.join("、")}`));
  if (others) parts.push(h("span", {}, word("others", others)));
  if (Math.abs(outbox.standing.skew) > 120_000)
    parts.push(h("span", { class: "warn" }, word("clock")));
  if (outbox.standing.aside.size)
    parts.push(h("span", { class: "warn" }, word("aside", outbox.standing.aside.size)));
  if (work.full) parts.push(h("span", { class: "warn" }, word("full")));
  else if (outbox.standing.full) parts.push(h("span", { class: "warn" }, word("full_answers")));
  return parts;
}

const top_ = (title: string, sub = ""): Node[] => [
  h("h1", { tabindex: -1 }, title),
  ...(sub ? [h("p", { class: "sub" }, sub)] : []),
];
const back = (to: View = home): HTMLElement => button(word("back"), () => show(to), "plain");

// -- home: my shift, the next act as one big button
function home(): HTMLElement {
  const taken = work.taken;
  if (!taken && tablet.current())
    return unlockedBy === undefined
      ? whoIsThere()
      : h("div", {}, ...top_(word("wait_network")), button(word("lock"), lock, "big plain"));
  if (!taken)
    return h(
      "div",
      {},
      ...top_(word("wait_first")),
      h("a", { class: "big", href: "/sign-in/?next=/field/" }, word("sign_in_again")),
    );
  const now = outbox.now();
  const open_ = taken.shifts.filter((s) => Date.parse(s.ends) > now || stillThere(s, now));
  const first = open_[0];
  const running = first && Date.parse(first.starts) <= now;
  const title = first ? `${word(running ? "now" : "next")}：${first.station}` : word("nothing");
  const sub = first
    ? `${day(first.starts)} ${clock(first.starts)}–${clock(first.ends)}${first.place ? ` · ${first.place}` : ""} · ${taken.name}`
    : taken.name;
  return h(
    "div",
    {},
    ...top_(title, sub),
    ...undoable().map(undoCard),
    first && Date.parse(first.starts) - 30 * 60_000 <= now && shiftActs(first),
    ...taken.routes.map((r) => routeButton(r)),
    ...hazardButtons({ show, home, top: top_, back }),
    button(word("record"), () => show(chooseActivity), "big plain"),
    open_.length > 0 && h("h2", {}, word("my_days")),
    h(
      "ul",
      {},
      ...open_.map((s) =>
        h(
          "li",
          {},
          h("b", {}, s.station),
          ` ${day(s.starts)} ${clock(s.starts)}–${clock(s.ends)}`,
          s.place ? ` · ${s.place}` : "",
          signedIn(s),
        ),
      ),
    ),
    tablet.current()
      ? button(word("lock"), lock, "big plain")
      : h("p", {}, h("a", { href: "/" }, word("pages"))),
  );
}

const HOLD = 10_000; // milliseconds in which one tap can be undone; our own bound

function undoCard(entry: store.Entry): HTMLElement {
  const message = h("p", { role: "alert", class: "warn" });
  return h(
    "section",
    { class: "card", role: "status" },
    h("p", {}, `● ${entry.label} · ${clock(entry.at)} · ${work.taken?.name ?? ""}`),
    message,
    button(
      word("undo"),
      () =>
        void undo(entry).then((done_) =>
          done_ ? show(home) : (message.textContent = word("undo_late")),
        ),
      "big plain",
    ),
  );
}

// Relieved late: handing over goes on for a while after the end.
function stillThere(shift: Shift, now: number): boolean {
  return (
    Date.parse(shift.ends) > now - LATE &&
    done(shift, "shift.sign_in") !== null &&
    done(shift, "shift.leave") === null
  );
}

// -- a tablet that several share
let unlockedBy: number | undefined;
let idle = 0;

function whoIsThere(): HTMLElement {
  const shared = tablet.current();
  return h(
    "div",
    {},
    ...top_(word("who"), shared ? `${shared.unit} · ${shared.tablet}` : ""),
    ...(shared?.people ?? []).map((p) =>
      button(p.name, () => show(() => pinPad(p), true), "big plain"),
    ),
    !shared?.people.length && h("p", {}, word("no_pins")),
  );
}

function pinPad(person: { id: number; name: string }): HTMLElement {
  const message = h("p", { role: "alert", class: "warn" });
  const typed = h("input", {
    type: "password",
    inputmode: "none",
    maxlength: 6,
    autocomplete: "off",
    "aria-label": word("pin"),
    class: "pin-typed",
  });
  let asking = false;
  const tryIt = async (): Promise<void> => {
    if (typed.value.length < 6 || asking) return;
    asking = true;
    message.textContent = word("moment");
    const found = await tablet.unlock(person.id, typed.value);
    asking = false;
    typed.value = "";
    if (typeof found === "string")
      message.textContent = word(found === "wrong" ? "pin_wrong" : "pin_needs_network");
    else if ("because" in found) message.textContent = found.because;
    else await unlocked(person.id, found.ticket);
  };
  typed.addEventListener("input", () => void tryIt());
  const press = (digit: string): void => {
    typed.value = (typed.value + digit).slice(0, 6);
    void tryIt();
  };
  const pad = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "←", "0"].map((d) =>
    h(
      "button",
      {
        type: "button",
        class: "pad",
        onclick: () => (d === "←" ? (typed.value = typed.value.slice(0, -1)) : press(d)),
      },
      d,
    ),
  ); // the same digit twice is two digits
  return h(
    "div",
    {},
    ...top_(person.name, word("pin")),
    typed,
    message,
    h("div", { class: "pin-pad" }, ...pad),
    back(),
  );
}

async function unlocked(person: number, ticket: string): Promise<void> {
  unlockedBy = person;
  await open(person, ticket);
  show(home);
  touched();
  await refresh();
  draw();
  void outbox.flush();
}

function lock(): void {
  unlockedBy = undefined;
  close();
  show(home);
}

function touched(): void {
  window.clearTimeout(idle);
  if (unlockedBy !== undefined) idle = window.setTimeout(lock, tablet.IDLE);
}

async function beginShared(): Promise<boolean> {
  const token = /^#tablet=([A-Za-z0-9_-]{20,30})$/.exec(location.hash)?.[1];
  if (token) history.replaceState(null, "", location.pathname);
  const known = await tablet.load();
  // Where it is known who shares it, nobody waits for the network.
  if (known && !token) void tablet.renew().then(draw);
  const because = known && !token ? undefined : await tablet.renew(token);
  if (because && token) main.replaceChildren(h("div", {}, ...top_(because)));
  if (!tablet.current()) return false;
  for (const event of ["pointerdown", "keydown"]) document.addEventListener(event, touched);
  window.setInterval(() => void tablet.renew().then(draw), 5 * 60_000);
  return true;
}

function truth(what: store.Entry | string | null): string {
  if (what === null) return "";
  if (typeof what === "string") return `${word("signed_in")} ${clock(what)}`;
  return `${word("signed_in")} ${clock(what.at)} · ${word(what.state === "received" ? "received" : "saved")}`;
}

function signedIn(shift: Shift): HTMLElement | false {
  const said = truth(done(shift, "shift.sign_in"));
  return said ? h("small", { class: "ok" }, `● ${said}`) : false;
}

function shiftActs(shift: Shift): HTMLElement {
  const came = done(shift, "shift.sign_in");
  const handed = (shift.handed ?? []).map((x) =>
    h("p", { class: "handed" }, `${x.name} ${word("left_open")} `, h("b", {}, x.words)),
  );
  if (came === null) {
    measure(shift);
    return h(
      "section",
      { class: "card" },
      ...handed,
      button(word("scan"), () => scanFor(shift), "big first"),
      button(word("no_code"), () => void signIn(shift, ""), "big plain"),
    );
  }
  const left = done(shift, "shift.leave");
  const over = left === null && Date.parse(shift.ends) <= outbox.now();
  return h(
    "section",
    { class: "card" },
    ...handed,
    h("p", { class: "ok" }, `● ${truth(came)}`),
    shift.kind === "drop_off" && left === null && peak(shift),
    over && h("p", { class: "warn" }, word("time_is_up")),
    left === null
      ? button(
          word("leave"),
          () => show(() => handover(shift), true),
          over ? "big first" : "big plain",
        )
      : h("p", {}, word("gone")),
    left !== null &&
      Date.parse(shift.ends) > outbox.now() &&
      button(word("still_here"), () => void signIn(shift, ""), "big plain"),
  );
}

// Drop-off and pick-up: how full it is, in one tap; a vehicle that should not be there, with a photo of the vehicle.
function peak(shift: Shift): HTMLElement {
  const unsafe = work.taken?.activities.find((a) => a.code === "vehicle.unsafe");
  const said = (state: string): void =>
    void act(
      "fact.record",
      {
        activity: "peak.state",
        unit: shift.unit,
        state: word(state),
        place: shift.place,
        occurred_at: "",
      },
      `${shift.station} · ${word(state)}`,
      [],
      undefined,
      HOLD,
    ).then((ok) => ok && show(home));
  const zones = (work.taken?.zones ?? []).filter((z) => z.unit === shift.unit);
  return h(
    "div",
    {},
    zones.length > 0 &&
      h(
        "details",
        {},
        h("summary", {}, word("zones")),
        h(
          "ul",
          {},
          ...zones.map((z) =>
            h("li", {}, h("b", {}, `${z.out} ${z.name}`), ` ${z.classes.join("、")}`),
          ),
        ),
      ),
    h(
      "div",
      { class: "three" },
      ...["flowing", "crowded", "jammed"].map((s) => button(word(s), () => said(s), "plain")),
    ),
    unsafe && button(word("unsafe"), () => show(() => form(unsafe, shift.unit), true), "big plain"),
  );
}

function scanFor(shift: Shift): void {
  show(() => camera((found) => void signIn(shift, found.code)), true);
}

// How far it is to the place is found out before one signs in, so that signing in waits for nothing.
let measured: { shift: number; at: number; metres?: number } | undefined;

function measure(shift: Shift): void {
  if (!shift.where || (measured?.shift === shift.id && Date.now() - measured.at < 30_000)) return;
  const mine: typeof measured = (measured = { shift: shift.id, at: Date.now() });
  void metresFrom(shift.where).then((far) => far !== undefined && (mine.metres = far));
}

async function signIn(shift: Shift, code: string): Promise<void> {
  const metres =
    measured?.shift === shift.id && Date.now() - measured.at < 90_000 ? measured.metres : undefined;
  await act(
    "shift.sign_in",
    {
      shift: shift.id,
      code,
      device: tablet.current() ? "" : device(),
      ...(metres === undefined ? {} : { metres }),
    },
    `${word("sign_in")} · ${shift.station}`,
    [],
    undefined,
    code ? 0 : HOLD,
  );
  show(home);
}

function handover(shift: Shift): HTMLElement {
  const note = h("textarea", { rows: 3, maxlength: 500, "aria-label": word("handover") });
  const own = work.entries
    .filter(
      (e) => e.verb === "shift.leave" && e.fields["shift"] === shift.id && e.state !== "refused",
    )
    .pop();
  note.value = (
    String(own?.fields["handover"] ?? "") ||
    shift.words ||
    (shift.handed ?? []).map((x) => x.words).join("；")
  ).slice(0, 500);
  return h(
    "div",
    {},
    ...top_(word("leave"), shift.station),
    h("label", {}, word("handover"), note),
    button(
      word("leave"),
      () =>
        void act(
          "shift.leave",
          { shift: shift.id, handover: note.value },
          `${word("leave")} · ${shift.station}`,
        ).then((ok) => ok && show(home)),
      "big first",
    ),
    back(),
  );
}

// -- the camera, and letters for where there is none
function camera(
  found: (read: { code: string; place: number }) => void,
  title = word("scan"),
): HTMLElement {
  const shown = h("div", { class: "camera" });
  const message = h("p", { role: "alert" });
  const letters = h("input", {
    autocapitalize: "characters",
    autocomplete: "off",
    "aria-label": word("type_code"),
  });
  const take = (text: string): boolean => {
    const read = placeOf(text);
    if (!read) return false;
    stopCamera();
    found(read);
    return true;
  };
  let mine = cameras;
  const look_ = (): void => {
    mine = cameras;
    scan((text) => {
      if (!take(text)) {
        message.textContent = word("wrong_place");
        look_();
      }
    })
      .then((s) => {
        if (mine !== cameras) return s.stop();
        scanning = s;
        shown.replaceChildren(s.video);
      })
      .catch(() => {
        message.textContent = word("camera_no");
      });
  };
  look_();
  return h(
    "div",
    {},
    ...top_(title),
    shown,
    message,
    h("label", {}, word("type_code"), letters),
    button(
      word("use"),
      () => {
        if (!take(letters.value)) message.textContent = word("wrong_place");
      },
      "big plain",
    ),
    back(),
  );
}

// -- rounds
function routeButton(route: Route): HTMLElement {
  const running = walkOf(route);
  return button(
    `${word(running ? "go_on" : "begin")}：${route.name}`,
    () => void (running ? show(() => round(route, running)) : begin(route)),
    running ? "big first" : "big plain",
  );
}

async function begin(route: Route): Promise<void> {
  const walk: Walk = {
    key: newId(),
    route: route.id,
    started: new Date().toISOString(),
    points: drawnOrder(route.points),
    seen: {},
    ended: false,
  };
  work.walks.push(walk);
  if (
    await act(
      "round.start",
      { round: walk.key, route: route.id, points: walk.points.map((p) => p.id) },
      `${word("begin")} · ${route.name}`,
    )
  )
    show(() => round(route, walk));
  else work.walks = work.walks.filter((w) => w !== walk);
}

function round(route: Route, walk: Walk): HTMLElement {
  const points = walk.points;
  const left = points.filter((p) => !walk.seen[p.id]);
  return h(
    "div",
    {},
    ...top_(
      left.length ? word("points_left", left.length) : word("round_done"),
      `${route.name} · ${clock(walk.started)} · ${word("suggested")}`,
    ),
    left.length > 0 &&
      button(
        word("scan_point"),
        () => show(() => camera((found) => reach(route, walk, found), word("scan_point")), true),
        "big first",
      ),
    h(
      "ol",
      { class: "points" },
      ...points.map((p) =>
        h(
          "li",
          { class: walk.seen[p.id] ? "seen" : "" },
          h("b", {}, p.name),
          p.stairs && h("small", {}, word("upstairs")),
          walk.seen[p.id]
            ? h("span", { class: "ok" }, `● ${clock(walk.seen[p.id] ?? "")}`)
            : button(word("at_point"), () => show(() => seen(route, walk, p, ""), true), "small"),
        ),
      ),
    ),
    !walk.ended &&
      button(
        left.length ? word("end_missing", left.length) : word("end"),
        () => void finish(walk),
        left.length ? "big plain" : "big first",
      ),
    walk.ended ? button(word("back"), () => show(home), "big first") : back(),
  );
}

function reach(route: Route, walk: Walk, found: { code: string; place: number }): void {
  const point = walk.points.find((p) => p.place === found.place);
  if (!point) {
    show(() =>
      h(
        "div",
        {},
        ...top_(word("wrong_place")),
        button(
          word("scan_point"),
          () => show(() => camera((f) => reach(route, walk, f), word("scan_point")), true),
          "big first",
        ),
        back(() => round(route, walk)),
      ),
    );
    return;
  }
  show(() => seen(route, walk, point, found.code), true);
}

// Two taps: what is seen, and save. "All right" is one.
function seen(route: Route, walk: Walk, point: Point, code: string): HTMLElement {
  const at = new Date().toISOString();
  const photos = new Photos();
  const message = h("p", { role: "alert", class: "warn" });
  const note = h("input", { maxlength: 200, "aria-label": word("note") });
  const people = h("input", {
    type: "number",
    inputmode: "numeric",
    min: 0,
    max: 2000,
    "aria-label": word("pupils"),
  });
  let told = -1;
  const save = alone(async (what: string): Promise<void> => {
    if (route.heads && (!people.value || !people.checkValidity())) {
      message.textContent = `${word("pupils")}：${people.validationMessage || word("required")}`;
      people.focus();
      return;
    }
    const missing = (point.expected ?? 0) - Number(people.value);
    if (route.heads && missing > 0 && told !== missing) {
      // Counted twice before anybody is alarmed; the second tap says that it is so.
      told = missing;
      message.textContent = word("heads_missing", missing);
      return;
    }
    message.textContent = photos.busy ? word("moment") : "";
    await photos.ready;
    walk.seen[point.id] = at;
    const fields: Record<string, unknown> = {
      round: walk.key,
      code,
      checkpoint: point.id,
      seen: what,
      note: note.value,
    };
    if (people.value) fields["people"] = Number(people.value);
    if (!(await act("round.scan", fields, `${point.name} · ${word(what)}`, photos.taken))) {
      delete walk.seen[point.id];
      return;
    }
    if (walk.points.every((p) => walk.seen[p.id])) await finish(walk, false);
    show(() => round(route, walk));
  });
  return h(
    "div",
    {},
    ...top_(point.name, `${route.name} · ${clock(at)}`),
    route.heads &&
      h(
        "label",
        {},
        `${word("pupils")}${point.expected === null ? "" : ` ${word("of")} ${point.expected}`}`,
        people,
      ),
    message,
    button(word("fine"), () => void save("fine"), "big first"),
    h(
      "div",
      { class: "three" },
      ...["hazard", "order", "stranger"].map((w) => button(word(w), () => void save(w), "plain")),
    ),
    h("label", {}, word("note"), note),
    photoField(photos),
    back(() => round(route, walk)),
  );
}

async function finish(walk: Walk, leave = true): Promise<void> {
  walk.ended = true;
  const route = work.taken?.routes.find((r) => r.id === walk.route);
  if (!(await act("round.end", { round: walk.key }, `${word("end")} · ${route?.name ?? ""}`)))
    walk.ended = false;
  else if (leave) show(home);
}

// -- recording anything
function chooseActivity(): HTMLElement {
  const list = h("ul", { class: "choose" });
  const search = h("input", {
    type: "search",
    placeholder: word("search"),
    "aria-label": word("search"),
  });
  const owed = work.taken?.owed ?? [];
  const fill = (): void => {
    const wanted = search.value.trim().toLowerCase();
    const due = owed
      .map((o) => ({ o, a: work.taken?.activities.find((a) => a.code === o.activity) }))
      .filter((x): x is { o: (typeof owed)[number]; a: Activity } => !!x.a);
    list.replaceChildren(
      ...due
        .filter((x) => !wanted || `${x.o.action}${x.a.zh}${x.a.en}`.toLowerCase().includes(wanted))
        .slice(0, 8)
        .map((x) =>
          h(
            "li",
            {},
            button(
              `◔ ${x.o.action}`,
              () => show(() => form(x.a, x.o.unit, x.o.obligation), true),
              "plain",
            ),
          ),
        ),
      ...(work.taken?.activities ?? [])
        .filter((a) => !wanted || `${a.zh}${a.en}`.toLowerCase().includes(wanted))
        .map((a) =>
          h(
            "li",
            {},
            button(
              english ? a.en : a.zh,
              () => show(() => form(a, work.taken?.units[0]?.id ?? 0), true),
              "plain",
            ),
          ),
        ),
    );
  };
  search.addEventListener("input", fill);
  fill();
  typing = true;
  return h("div", {}, ...top_(word("record")), search, list, back());
}

// `old`: what was refused, to be changed and sent again; its time stays.
function form(
  activity: Activity,
  unit: number,
  obligation?: number,
  old?: { entry: store.Entry; photos: Blob[] },
): HTMLElement {
  const inputs = new Map<string, HTMLInputElement | HTMLTextAreaElement>();
  const photos = new Photos(old?.photos);
  const message = h("p", { role: "alert", class: "warn" });
  const wantsPhoto = activity.fields.some(
    (f) => (f.type === "photo" || f.type === "file") && f.required,
  );
  const units = work.taken?.units ?? [];
  const where = h(
    "select",
    {},
    ...units.map((u) => h("option", { value: u.id, selected: u.id === unit }, u.name)),
  );
  const rows = activity.fields
    .filter((f) => f.type !== "photo" && f.type !== "file")
    .map((f) => {
      const name = english ? f.en : f.zh;
      const input =
        f.type === "long"
          ? h("textarea", { rows: 3, maxlength: f.max ?? 1000 })
          : h("input", {
              type:
                f.type === "int" || f.type === "number"
                  ? "number"
                  : f.type === "bool"
                    ? "checkbox"
                    : "text",
              min: f.min,
              max: f.type === "int" || f.type === "number" ? f.max : undefined,
              maxlength: f.type === "text" || f.type === "sign" ? (f.max ?? undefined) : undefined,
              step: f.type === "number" ? "any" : undefined,
            });
      const said = old?.entry.fields[f.name];
      if (f.type === "bool") (input as HTMLInputElement).checked = said === "on";
      else if (said !== undefined) input.value = String(said);
      else if (f.type === "sign") (input as HTMLInputElement).value = work.taken?.name ?? "";
      inputs.set(f.name, input);
      return h(
        "label",
        { class: f.type === "bool" ? "tick" : "" },
        f.type === "bool" ? input : "",
        `${name}${f.required ? " *" : ""}`,
        f.type === "bool" ? "" : input,
      );
    });
  const save = alone(async (): Promise<void> => {
    const fields: Record<string, unknown> = {
      activity: activity.code,
      unit: Number(where.value),
      occurred_at: "",
    };
    if (obligation) fields["obligation"] = obligation;
    for (const f of activity.fields) {
      const input = inputs.get(f.name);
      if (!input) continue;
      if (f.type === "bool") fields[f.name] = (input as HTMLInputElement).checked ? "on" : "";
      else fields[f.name] = input.value;
      if (f.required && f.type !== "bool" && !input.value.trim()) {
        message.textContent = `${english ? f.en : f.zh}：${word("required")}`;
        input.focus();
        return;
      }
      if (!input.checkValidity()) {
        message.textContent = `${english ? f.en : f.zh}：${input.validationMessage}`;
        input.focus();
        return;
      }
    }
    message.textContent = photos.busy ? word("moment") : "";
    await photos.ready;
    if (wantsPhoto && !photos.taken.length) {
      message.textContent = `${word("photo")}：${word("required")}`;
      return;
    }
    if (
      !(await act(
        "fact.record",
        fields,
        english ? activity.en : activity.zh,
        photos.taken,
        old?.entry,
      ))
    )
      return;
    if (old) await store.forget(old.entry).then(look);
    show(home);
  });
  return h(
    "div",
    {},
    ...top_(english ? activity.en : activity.zh),
    units.length > 1 && h("label", {}, word("choose_unit"), where),
    ...rows,
    activity.fields.some((f) => f.type === "photo" || f.type === "file") &&
      photoField(photos, wantsPhoto),
    message,
    button(word("save"), () => void save(), "big first"),
    back(old ? sentList : chooseActivity),
  );
}

// -- what was recorded on this phone, each with its truth
function sentList(): HTMLElement {
  const rows = work.entries
    .filter((e) => !tablet.current() || e.person === work.taken?.person)
    .reverse();
  return h(
    "div",
    {},
    ...top_(word("outbox")),
    rows.length
      ? h("ul", { class: "sent" }, ...rows.map(entryRow))
      : h("p", {}, word("empty_outbox")),
    button(word("try_again"), () => void outbox.tryAll(), "big plain"),
    back(),
  );
}

function entryRow(entry: store.Entry): HTMLElement {
  const mark = { saved: "◔", received: "●", refused: "▲" }[entry.state];
  const whose = entry.person !== work.taken?.person;
  return h(
    "li",
    { class: entry.state },
    h("b", {}, whose ? word("others", 1) : entry.label),
    h("small", {}, `${day(entry.at)} ${clock(entry.at)}`),
    h(
      "span",
      {},
      `${mark} ${word(entry.state)}`,
      entry.state === "refused" && `，${word("because")}：${entry.because}`,
    ),
    entry.doubts.length > 0 &&
      h("small", {}, `▲ ${entry.doubts.map((d) => word(`doubt_${d}`)).join("、")}`),
    entry.state === "refused" && !whose && h("small", {}, said(entry)),
    entry.state === "refused" &&
      !whose &&
      h(
        "div",
        { class: "three" },
        changeable(entry) && button(word("change"), () => void changeIt(entry), "small"),
        button(word("again"), () => void sendAgain(entry), "small"),
        button(word("drop"), () => void store.forget(entry).then(look).then(draw), "small"),
      ),
  );
}

// What somebody typed, so that it is not lost with a refusal.
function said(entry: store.Entry): string {
  const typed = Object.entries(entry.fields)
    .filter(
      ([name, value]) =>
        typeof value === "string" &&
        value &&
        !["activity", "round", "code", "device"].includes(name),
    )
    .map(([, value]) => String(value));
  return [...typed, ...(entry.files.length ? [word("photo_added", entry.files.length)] : [])].join(
    " · ",
  );
}

const changeable = (entry: store.Entry): Activity | undefined =>
  entry.verb === "fact.record"
    ? work.taken?.activities.find((a) => a.code === entry.fields["activity"])
    : undefined;

async function changeIt(entry: store.Entry): Promise<void> {
  const activity = changeable(entry);
  if (!activity) return;
  const photos = (await Promise.all(entry.files.map(store.photo))).filter((p): p is Blob => !!p);
  show(
    () =>
      form(
        activity,
        Number(entry.fields["unit"]),
        entry.fields["obligation"] as number | undefined,
        { entry, photos },
      ),
    true,
  );
}

const sendAgain = alone(async (entry: store.Entry): Promise<void> => {
  await store.again(entry).catch(() => (work.full = true));
  await look();
  draw();
  void outbox.flush();
});

async function begin_(): Promise<void> {
  if (await beginShared()) await look();
  else await open();
  draw();
  outbox.onChange(() => void look().then(hideOthers).then(draw));
  window.addEventListener("storage", () => {
    hideOthers();
    draw();
  });
  outbox.keepSending();
  if (work.taken || !tablet.current()) await refresh();
  draw();
  window.setInterval(
    () => void (work.taken || !tablet.current() ? refresh() : look()).then(draw),
    5 * 60_000,
  );
  if (!("serviceWorker" in navigator)) return;
  await navigator.serviceWorker.register("/field/sw.js").catch(() => undefined);
  // Where the browser reads no codes by itself, its reader must be here before the network is gone; it is kept by the worker, once that is in charge.
  await navigator.serviceWorker.ready;
  if (!navigator.serviceWorker.controller)
    await new Promise((inCharge) =>
      navigator.serviceWorker.addEventListener("controllerchange", inCharge, { once: true }),
    );
  void fetchReader();
}

followTheNight();
void begin_();
