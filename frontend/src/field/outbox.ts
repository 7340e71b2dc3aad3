// Sends what is saved, in order, by itself, for as long as it takes. An answer is final; no answer is no answer, and is asked for again.
import * as store from "./store";

export interface Standing {
  person: number | null; // whose session this is; null while signed out, undefined while not known
  online: boolean;
  sending: boolean;
  away: boolean; // the network is there, the server does not answer
  skew: number; // milliseconds by which this phone's clock is ahead
}

export const standing: Standing & { known: boolean } = { person: null, online: navigator.onLine, sending: false, away: false, skew: 0, known: false };
// On a shared tablet each person's things go under their own pass; on one's own phone under the session of its pages.
export interface Pass {
  person: number;
  ticket: string;
}
export const shared: { passes?: () => Pass[]; ended?: (person: number) => Promise<void> } = {};
const PIECE = 256 * 1024;
const PAUSES = [3, 10, 30, 60];
let listeners: (() => void)[] = [];
let timer = 0;
let telling = 0;
let pace = 120;
let fails = 0;

// With thousands waiting, looking at all of them would cost more than sending.
export function paceFor(entries: number): void {
  pace = entries > 300 ? 1500 : 120;
}

export function onChange(listener: () => void): void {
  listeners.push(listener);
}

// Many things change while much is sent: screens are told a few times a second, and at the end.
export function changed(): void {
  if (telling) return;
  telling = window.setTimeout(() => {
    telling = 0;
    for (const listener of listeners) listener();
  }, pace);
}

class NoAnswer extends Error {}
// There is a network, and what came back is not the program: a proxy's page, a server that is starting.
class NotTheProgram extends NoAnswer {}
class SignedOut extends Error {}

function token(): string {
  return /(?:^|; )(?:__Host-)?csrftoken=([^;]+)/.exec(document.cookie)?.[1] ?? "";
}

async function ask(address: string, options: RequestInit = {}, ticket = ""): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(address, { ...options, credentials: ticket ? "omit" : "same-origin", redirect: "error", headers: { ...(ticket ? { "X-Tablet-Pass": ticket } : { "X-CSRFToken": token() }), ...(options.headers ?? {}) } });
  } catch {
    throw new NoAnswer();
  }
  if (response.status === 401) throw new SignedOut();
  const date = response.headers.get("Date");
  if (date) standing.skew = Date.now() - Date.parse(date);
  return response;
}

async function body<T>(response: Response): Promise<T> {
  if (!(response.headers.get("Content-Type") ?? "").includes("json")) throw new NotTheProgram();
  try {
    return (await response.json()) as T;
  } catch {
    throw new NotTheProgram();
  }
}

// Ask something before anybody is known; nothing without network, or if what answers is not the program.
export async function post<T>(address: string, what: unknown): Promise<T | undefined> {
  try {
    const response = await fetch(address, { method: "POST", credentials: "omit", redirect: "error", body: JSON.stringify(what), headers: { "Content-Type": "application/json" } });
    return response.status < 500 ? await body<T>(response) : undefined;
  } catch {
    return undefined;
  }
}

export async function whoseSession(ticket = ""): Promise<number | null> {
  const said = await body<{ person: number | null }>(await ask("/api/field/me", {}, ticket));
  return said.person;
}

export async function takeAlong<T>(ticket = ""): Promise<T | undefined> {
  try {
    const response = await ask("/api/field", {}, ticket);
    return response.ok ? await body<T>(response) : undefined;
  } catch {
    return undefined;
  }
}

// A photo goes in pieces; after a cut the server says how much it has.
async function sendFile(id: string, ticket: string): Promise<void> {
  const photo = await store.photo(id);
  if (!photo) return;
  let { received } = await body<{ received: number }>(await ask(`/api/files/${id}`, {}, ticket));
  while (received < photo.size) {
    const piece = photo.slice(received, received + PIECE);
    const response = await ask(`/api/files/${id}?offset=${received}`, { method: "PUT", body: piece, headers: { "Content-Type": "application/octet-stream" } }, ticket);
    const said = await body<{ received: number }>(response);
    if (!response.ok || said.received <= received) throw new NoAnswer();
    received = said.received;
  }
}

interface Answer {
  truth: string;
  because: string;
  errors: Record<string, string>;
  result: { doubts?: string[] };
}

async function send(entry: store.Entry, ticket = ""): Promise<void> {
  for (const file of entry.files) await sendFile(file, ticket);
  const said = { id: entry.id, verb: entry.verb, fields: entry.fields, at: entry.at, sent: new Date().toISOString(), files: entry.files };
  const response = await ask("/api/commands", { method: "POST", body: JSON.stringify(said), headers: { "Content-Type": "application/json" } }, ticket);
  // 428: a photo got lost on the way; it is still here and goes again.
  if (![200, 403, 409, 422].includes(response.status)) throw new NoAnswer();
  const answer = await body<Answer>(response);
  if (!["received", "refused"].includes(answer.truth)) throw new NoAnswer();
  const errors = Object.values(answer.errors ?? {}).join(" ");
  await store.answer(entry, answer.truth as store.State, errors || answer.because, answer.result?.doubts ?? []);
}

let wanted = false;

// One tab sends at a time; the others see what it did. What is saved while the last one is on its way is sent too.
export async function flush(): Promise<void> {
  window.clearTimeout(timer);
  wanted = true;
  if (!navigator.locks) return run();
  await navigator.locks.request("anyuan-outbox", { ifAvailable: true }, async (lock) => {
    while (lock && wanted) {
      wanted = false;
      await run();
    }
  });
}

async function run(): Promise<void> {
  if (standing.sending) return;
  standing.sending = true;
  changed();
  try {
    const passes = shared.passes?.();
    if (passes) for (const pass of passes) await sendOf(pass);
    else {
      standing.person = await whoseSession();
      standing.known = true;
      answering();
      await sendAll(standing.person);
    }
    fails = 0;
  } catch (error) {
    if (error instanceof SignedOut) {
      standing.person = null;
      standing.known = true;
      standing.online = true;
    } else if (error instanceof NoAnswer) {
      standing.online = error instanceof NotTheProgram;
      standing.away = standing.online;
      const pause = PAUSES[Math.min(fails++, PAUSES.length - 1)] ?? 60;
      timer = window.setTimeout(() => void flush(), pause * 1000);
    } else throw error;
  } finally {
    standing.sending = false;
    changed();
  }
}

function answering(): void {
  standing.online = true;
  standing.away = false;
}

async function sendAll(person: number | null, ticket = ""): Promise<void> {
  for (;;) {
    // Asked anew each time: more may have been saved while one was on its way.
    const next = await store.next(person);
    if (!next) return;
    await send(next, ticket);
    fails = 0;
    changed();
  }
}

// One person's pass may have ended; the others' things go on.
async function sendOf(pass: Pass): Promise<void> {
  try {
    if ((await whoseSession(pass.ticket)) !== pass.person) throw new SignedOut();
    answering();
    await sendAll(pass.person, pass.ticket);
  } catch (error) {
    if (!(error instanceof SignedOut)) throw error;
    answering();
    await shared.ended?.(pass.person);
  }
}

export function keepSending(): void {
  for (const event of ["online", "focus"]) window.addEventListener(event, () => void flush());
  window.addEventListener("offline", () => {
    standing.online = false;
    changed();
  });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") void flush();
  });
  window.setInterval(() => void flush(), 60_000);
  void flush();
}
