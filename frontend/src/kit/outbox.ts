// Sends what is saved, in order, by itself, for as long as it takes. An answer is final; no answer is no answer, and is asked for again.
import { tellWhose } from "../shared/phone";
import * as store from "./store";

export interface Standing {
  person: number | null; // whose session this is; null while signed out, undefined while not known
  online: boolean;
  sending: boolean;
  away: boolean; // the network is there, the server does not answer
  skew: number; // milliseconds by which this phone's clock is ahead
  heard: boolean; // whether the server ever said so
  full: boolean; // there is no room to note what the server answered
  aside: Set<string>; // rounds, shifts and single things that the server fails at again and again; the others go on
}

export const standing: Standing & { known: boolean } = {
  person: null,
  online: navigator.onLine,
  sending: false,
  away: false,
  skew: 0,
  heard: false,
  full: false,
  aside: new Set(),
  known: false,
};
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
// The server is there, and fails at this one thing.
class Broken extends NoAnswer {}
class NotTaken extends Error {}
const PATIENCE = 20_000; // milliseconds until what does not answer is no answer
const TRIES = 4; // at what the server fails at, before the others go on
const failed = new Map<string, number>();

function token(): string {
  return /(?:^|; )(?:__Host-)?csrftoken=([^;]+)/.exec(document.cookie)?.[1] ?? "";
}

async function ask(address: string, options: RequestInit = {}, ticket = ""): Promise<Response> {
  let response: Response;
  const limit = patience(options.method === "PUT" ? 4 * PATIENCE : PATIENCE);
  try {
    response = await fetch(address, {
      ...options,
      signal: limit.signal,
      credentials: ticket ? "omit" : "same-origin",
      redirect: "error",
      headers: {
        ...(ticket ? { "X-Tablet-Pass": ticket } : { "X-CSRFToken": token() }),
        ...(options.headers ?? {}),
      },
    });
  } catch {
    throw new NoAnswer();
  } finally {
    limit.end();
  }
  if (response.status === 401) throw new SignedOut();
  const date = response.headers.get("Date");
  if (date) {
    standing.skew = Date.now() - Date.parse(date);
    standing.heard = true;
    localStorage.setItem("ahead", String(Math.round(standing.skew / 1000)));
  }
  return response;
}

function patience(milliseconds: number): { signal: AbortSignal; end: () => void } {
  const control = new AbortController();
  const clock = window.setTimeout(() => control.abort(), milliseconds);
  return { signal: control.signal, end: () => window.clearTimeout(clock) };
}

// By how many seconds this phone's clock was ahead when it last heard of the server; null if it never did.
export function ahead(): number | null {
  const said = localStorage.getItem("ahead");
  return said === null ? null : Number(said);
}

// What time it is by the server, as far as this phone knows.
export const now = (): number =>
  Date.now() - (standing.heard ? standing.skew : (ahead() ?? 0) * 1000);

async function body<T>(response: Response): Promise<T> {
  if (!(response.headers.get("Content-Type") ?? "").includes("json")) throw new NotTheProgram();
  try {
    return (await response.json()) as T;
  } catch {
    throw new NotTheProgram();
  }
}

// Ask something before anybody is known; nothing without network, if what answers is not the program, or if it answers too late or to nobody.
export async function post<T>(address: string, what: unknown): Promise<T | undefined> {
  const limit = patience(5000);
  try {
    const response = await fetch(address, {
      method: "POST",
      signal: limit.signal,
      credentials: "omit",
      redirect: "error",
      body: JSON.stringify(what),
      headers: { "Content-Type": "application/json" },
    });
    return response.status < 500 && response.status !== 429 ? await body<T>(response) : undefined;
  } catch {
    return undefined;
  } finally {
    limit.end();
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
    const response = await ask(
      `/api/files/${id}?offset=${received}`,
      { method: "PUT", body: piece, headers: { "Content-Type": "application/octet-stream" } },
      ticket,
    );
    if (isBroken(response)) throw new Broken();
    const said = await body<{ received: number; because?: string }>(response);
    if (response.status === 409) throw new NotTaken(said.because ?? "");
    if (!response.ok || said.received <= received) throw new NoAnswer();
    received = said.received;
  }
}

// What the server holds a file against, so that half of one is never taken for the whole.
async function wholeFile(id: string): Promise<object[]> {
  const data = await (await store.photo(id))?.arrayBuffer();
  if (!data) return [];
  const bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", data));
  const digest = Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");
  return [{ id, size: data.byteLength, digest }];
}

// The program itself says that it cannot, just now or at all; a proxy before it would not say so as JSON.
const isBroken = (response: Response): boolean =>
  response.status === 500 ||
  (response.status === 503 && (response.headers.get("Content-Type") ?? "").includes("json"));

interface Answer {
  truth: string;
  because: string;
  errors: Record<string, string>;
  result: { doubts?: string[] };
}

async function send(entry: store.Entry, ticket = ""): Promise<void> {
  try {
    for (const file of entry.files) await sendFile(file, ticket);
  } catch (error) {
    // A photo that is not taken at any time: the whole is refused, and says why.
    if (error instanceof NotTaken) return store.answer(entry, "refused", error.message, []);
    throw error;
  }
  const said = {
    id: entry.id,
    verb: entry.verb,
    fields: entry.fields,
    at: entry.at,
    ahead: entry.ahead ?? null,
    sent: new Date().toISOString(),
    files: entry.files,
    whole: (await Promise.all(entry.files.map(wholeFile))).flat(),
  };
  const response = await ask(
    "/api/commands",
    { method: "POST", body: JSON.stringify(said), headers: { "Content-Type": "application/json" } },
    ticket,
  );
  // 428: a photo got lost on the way; it is still here and goes again.
  if (isBroken(response)) throw new Broken();
  if (![200, 403, 409, 422].includes(response.status)) throw new NoAnswer();
  const answer = await body<Answer>(response);
  if (!["received", "refused"].includes(answer.truth)) throw new NoAnswer();
  const errors = Object.values(answer.errors ?? {}).join(" ");
  try {
    await store.answer(
      entry,
      answer.truth as store.State,
      errors || answer.because,
      answer.result?.doubts ?? [],
    );
    standing.full = false;
  } catch {
    // No room to note it: it is asked for again once there is, and the server answers the same.
    standing.full = true;
    throw new NoAnswer();
  }
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
    if (passes) await sendEach(passes);
    else {
      standing.person = await whoseSession();
      standing.known = true;
      if (standing.person !== null) tellWhose(standing.person);
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
      standing.online = error instanceof NotTheProgram || error instanceof Broken || standing.full;
      standing.away = standing.online && !standing.full;
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
    const next = await store.next(person, standing.aside);
    if (!next) return;
    try {
      await send(next, ticket);
    } catch (error) {
      if (!(error instanceof Broken) || !setAside(next)) throw error;
    }
    fails = 0;
    changed();
  }
}

// What the server fails at is tried some times and then waits until the kit is opened again, so that it holds up nothing else.
function setAside(entry: store.Entry): boolean {
  const n = (failed.get(entry.id) ?? 0) + 1;
  failed.set(entry.id, n);
  if (n >= TRIES) standing.aside.add(store.thread(entry));
  return n >= TRIES;
}

// Everything is tried anew, also what was set aside.
export function tryAll(): Promise<void> {
  standing.aside.clear();
  failed.clear();
  return flush();
}

// One person's trouble holds up nobody else's.
async function sendEach(passes: Pass[]): Promise<void> {
  let trouble: unknown;
  for (const pass of passes) {
    try {
      await sendOf(pass);
    } catch (error) {
      trouble ??= error;
    }
  }
  if (trouble) throw trouble;
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
  window.setInterval(() => void tryAll(), 15 * 60_000);
  void flush();
}
