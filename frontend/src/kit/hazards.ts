// Hazards that are mine to fix, and places walked by checklist; both without network.
import { alone, button, h } from "./dom";
import { photoField, Photos } from "./photo_field";
import { newId } from "../shared/phone";
import { act, type Checklist, type MyHazard, type Stop, work } from "./work";
import { word } from "./words";

interface Screen {
  show: (next: () => HTMLElement, writes?: boolean) => void;
  home: () => HTMLElement;
  top: (title: string, sub?: string) => Node[];
  back: (to?: () => HTMLElement) => HTMLElement;
}

/** What the home screen offers: each hazard of mine, and the walks where there are lists. */
export function hazardButtons(screen: Screen): HTMLElement[] {
  const sent = new Set(
    work.entries.filter((e) => e.verb === "hazard.fix" && e.state !== "refused").map(hazardOf),
  );
  const mine = (work.taken?.hazards ?? []).filter((hazard) => !sent.has(hazard.id));
  const stops = work.taken?.stops ?? [];
  return [
    ...mine.map((hazard) =>
      button(
        `${word("to_fix")}：${hazard.what}`,
        () => screen.show(() => fixing(screen, hazard), true),
        "big plain",
      ),
    ),
    ...(stops.length
      ? [button(word("inspect"), () => screen.show(() => places(screen)), "big plain")]
      : []),
  ];
}

const hazardOf = (entry: { fields: Record<string, unknown> }): unknown => entry.fields["hazard"];

function fixing(screen: Screen, hazard: MyHazard): HTMLElement {
  const photos = new Photos();
  const message = h("p", { role: "alert", class: "warn" });
  const result = h("input", { maxlength: 200 });
  const save = alone(async (): Promise<void> => {
    message.textContent = photos.busy ? word("moment") : "";
    await photos.ready;
    if (!result.value.trim() || !photos.taken.length) {
      message.textContent = `${word(result.value.trim() ? "photo" : "what_done")}：${word("required")}`;
      return;
    }
    const fields = { hazard: hazard.id, result: result.value };
    if (await act("hazard.fix", fields, `${word("to_fix")} · ${hazard.what}`, photos.taken))
      screen.show(screen.home);
  });
  return h(
    "div",
    {},
    ...screen.top(hazard.what, `${hazard.measure} · ${word("until")} ${hazard.until}`),
    photoField(photos, true),
    h("label", {}, `${word("what_done")} *`, result),
    message,
    button(word("to_verify"), () => void save(), "big first"),
    screen.back(),
  );
}

// -- walking a list
function places(screen: Screen): HTMLElement {
  const lists = new Map((work.taken?.checklists ?? []).map((list) => [list.key, list]));
  const rows = (work.taken?.stops ?? []).flatMap((stop) => {
    const list = lists.get(stop.list);
    if (!list) return [];
    const open = (): void => screen.show(() => walking(screen, stop, list), true);
    return [h("li", {}, button(`${stop.place} · ${list.name}`, open, "big plain"))];
  });
  return h(
    "div",
    {},
    ...screen.top(word("inspect"), word("longest_first")),
    h("ul", { class: "choose" }, ...rows),
    screen.back(),
  );
}

interface Answer {
  said: string;
  note: HTMLInputElement;
  photos: Photos;
}

function walking(screen: Screen, stop: Stop, list: Checklist): HTMLElement {
  const message = h("p", { role: "alert", class: "warn" });
  const key = newId();
  const answers = list.items.map((): Answer => ({
    said: "",
    note: h("input", { maxlength: 80, "aria-label": word("what_wrong") }),
    photos: new Photos(),
  }));
  const save = alone(async (whole: boolean): Promise<void> => {
    await Promise.all(answers.map((a) => a.photos.ready));
    const open = answers.findIndex((a) => !a.said);
    if (!whole && open >= 0) {
      message.textContent = word("item_open", open + 1);
      return;
    }
    const photos = whole ? [] : answers.flatMap((a) => (a.said === "no" ? a.photos.taken : []));
    const fields: Record<string, unknown> = {
      inspection: key,
      unit: stop.unit,
      list: list.key,
      version: list.version,
      place: stop.place,
      whole,
    };
    const of: number[] = [];
    answers.forEach((a, i) => {
      fields[`a${i}`] = whole ? "yes" : a.said;
      if (whole || a.said !== "no") return;
      fields[`n${i}`] = a.note.value;
      of.push(...a.photos.taken.map(() => i));
    });
    fields["of"] = of;
    const label = `${word("inspect")} · ${stop.place} · ${list.name}`;
    if (await act("inspection.walk", fields, label, photos)) screen.show(() => places(screen));
  });
  return h(
    "div",
    {},
    ...screen.top(`${list.name} · ${stop.place}`),
    list.whole && button(word("whole_fine"), () => void save(true), "big plain"),
    ...list.items.map((text, i) => item(text, i, answers[i]!)),
    message,
    button(word("end_walk"), () => void save(false), "big first"),
    screen.back(() => places(screen)),
  );
}

function item(text: string, number: number, answer: Answer): HTMLElement {
  const wrong = h("div", { hidden: true }, answer.note, photoField(answer.photos));
  answer.note.placeholder = word("what_wrong");
  const choices = ["yes", "no", "absent"].map((said) => {
    const choose = (): void => {
      answer.said = said;
      wrong.hidden = said !== "no";
      choices.forEach((c) => c.setAttribute("aria-pressed", String(c === chosen)));
    };
    const chosen = button(word(`answer_${said}`), choose, "plain");
    return chosen;
  });
  return h(
    "section",
    { class: "item" },
    h("b", {}, `${number + 1}. ${text}`),
    h("div", { class: "three" }, ...choices),
    wrong,
  );
}
