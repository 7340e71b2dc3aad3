// What lies on this phone: the outbox, its photos, and what was taken along. Everything that says something is encrypted with a key
// that never leaves this browser; sent things are gone after seven days.
import { newId } from "../shared/phone";

export type State = "saved" | "received" | "refused";

export interface Entry {
  order: number;
  id: string;
  person: number;
  state: State;
  done: number; // when it was answered, in milliseconds; 0 while it waits
  verb: string;
  fields: Record<string, unknown>;
  at: string;
  ahead?: number | null; // seconds by which this phone's clock was ahead when it last heard of the server
  until?: number; // until then it can be undone and is not sent, in milliseconds
  label: string;
  files: string[];
  because: string;
  doubts: string[];
}

interface Box {
  iv: Uint8Array<ArrayBuffer>;
  data: ArrayBuffer;
}
interface Row {
  order?: number;
  id: string;
  person: number;
  state: State;
  done: number;
  box: Box;
}
interface FileRow {
  id: string;
  command: string;
  box: Box;
}

const KEPT = 7 * 24 * 3600 * 1000;
let opened: Promise<IDBDatabase> | undefined;

function database(): Promise<IDBDatabase> {
  opened ??= new Promise((resolve, reject) => {
    const asked = indexedDB.open("anyuan-field", 1);
    asked.onupgradeneeded = () => {
      const db = asked.result;
      db.createObjectStore("keys");
      db.createObjectStore("kept");
      const outbox = db.createObjectStore("outbox", { keyPath: "order", autoIncrement: true });
      outbox.createIndex("id", "id", { unique: true });
      outbox.createIndex("waiting", ["state", "person"]);
      db.createObjectStore("files", { keyPath: "id" }).createIndex("command", "command");
    };
    asked.onsuccess = () => {
      // The browser closes it when the disk is full or its files are cleared: then it is opened anew.
      asked.result.onclose = () => (opened = undefined);
      resolve(asked.result);
    };
    asked.onerror = () => {
      opened = undefined;
      reject(asked.error);
    };
  });
  return opened;
}

async function transaction(
  stores: string | string[],
  mode: IDBTransactionMode = "readonly",
  options?: IDBTransactionOptions,
): Promise<IDBTransaction> {
  try {
    return (await database()).transaction(stores, mode, options);
  } catch (error) {
    if (!(error instanceof DOMException) || error.name !== "InvalidStateError") throw error;
    opened = undefined;
    return (await database()).transaction(stores, mode, options);
  }
}

function answered<T>(asked: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
}

function finished(change: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    change.oncomplete = () => resolve();
    change.onabort = change.onerror = () => reject(change.error);
  });
}

let known: Promise<CryptoKey> | undefined;

// Two tabs may open for the first time at once: whoever comes second takes the key of the first.
async function key(): Promise<CryptoKey> {
  known ??= made().catch((error: unknown) => {
    known = undefined;
    throw error;
  });
  return known;
}

async function made(): Promise<CryptoKey> {
  const old = await answered((await transaction("keys")).objectStore("keys").get("key"));
  if (old) return old as CryptoKey;
  const fresh = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, [
    "encrypt",
    "decrypt",
  ]);
  const change = await transaction("keys", "readwrite");
  const keys = change.objectStore("keys");
  const meanwhile = await answered(keys.get("key"));
  if (!meanwhile) keys.put(fresh, "key");
  await finished(change);
  return (meanwhile as CryptoKey | undefined) ?? fresh;
}

async function lock(data: ArrayBuffer): Promise<Box> {
  const iv = crypto.getRandomValues(new Uint8Array(12));
  return { iv, data: await crypto.subtle.encrypt({ name: "AES-GCM", iv }, await key(), data) };
}

async function unlock(box: Box): Promise<ArrayBuffer> {
  return crypto.subtle.decrypt({ name: "AES-GCM", iv: box.iv }, await key(), box.data);
}

const bytes = (value: unknown): ArrayBuffer =>
  new TextEncoder().encode(JSON.stringify(value)).buffer as ArrayBuffer;
const value = <T>(data: ArrayBuffer): T => JSON.parse(new TextDecoder().decode(data)) as T;

// -- what was taken along
export async function keep(name: string, what: unknown): Promise<void> {
  const box = await lock(bytes(what));
  const change = await transaction("kept", "readwrite");
  change.objectStore("kept").put(box, name);
  await finished(change);
}

export async function kept<T>(name: string): Promise<T | undefined> {
  const box = (await answered((await transaction("kept")).objectStore("kept").get(name))) as
    Box | undefined;
  return box ? value<T>(await unlock(box)) : undefined;
}

// -- the outbox
type Said = Pick<
  Entry,
  "verb" | "fields" | "at" | "ahead" | "until" | "label" | "files" | "because" | "doubts"
>;

// A command and its photos are saved together or not at all.
export async function save(
  person: number,
  said: Omit<Said, "files" | "because" | "doubts">,
  photos: Blob[],
): Promise<string> {
  const id = newId();
  const files = await Promise.all(
    photos.map(async (p): Promise<FileRow> => ({
      id: newId(),
      command: id,
      box: await lock(await p.arrayBuffer()),
    })),
  );
  const box = await lock(
    bytes({ ...said, files: files.map((f) => f.id), because: "", doubts: [] }),
  );
  const change = await transaction(["outbox", "files"], "readwrite", { durability: "strict" });
  change.objectStore("outbox").add({ id, person, state: "saved", done: 0, box } satisfies Row);
  for (const file of files) change.objectStore("files").add(file);
  await finished(change);
  return id;
}

async function rows(): Promise<Row[]> {
  return (await answered((await transaction("outbox")).objectStore("outbox").getAll())) as Row[];
}

// An entry changes only with its state, so each is decrypted once for each: thousands may wait after a week without network.
const opened_ = new Map<string, Entry>();

async function entryOf(row: Row): Promise<Entry> {
  const name = `${row.order}:${row.state}`;
  let entry = opened_.get(name);
  if (!entry) {
    entry = {
      order: row.order ?? 0,
      id: row.id,
      person: row.person,
      state: row.state,
      done: row.done,
      ...value<Said>(await unlock(row.box)),
    };
    opened_.set(name, entry);
  }
  return entry;
}

export async function entries(): Promise<Entry[]> {
  return Promise.all((await rows()).map(entryOf));
}

// What must stay in order with others: a round, or a shift.
export const thread = (entry: Entry): string =>
  entry.verb.startsWith("round.")
    ? `round ${String(entry.fields["round"])}`
    : entry.verb.startsWith("shift.")
      ? `shift ${String(entry.fields["shift"])}`
      : entry.id;

// What was done by one tap waits a moment, in which it can be undone.
export const isHeld = (entry: Entry): boolean =>
  entry.state === "saved" && (entry.until ?? 0) > Date.now();

// The first that waits for this person, but for those set aside and what must come after them.
export async function next(
  person: number | null,
  aside: ReadonlySet<string>,
): Promise<Entry | undefined> {
  if (person === null) return undefined;
  const waiting = (await transaction("outbox")).objectStore("outbox").index("waiting");
  const [first] = (await answered(waiting.getAll(["saved", person], 1))) as Row[];
  if (!first) return undefined;
  const soonest = await entryOf(first);
  if (!aside.has(thread(soonest)) && !isHeld(soonest)) return soonest;
  const rows = (await answered(await all(person))) as Row[];
  const held = new Set(aside);
  for (const row of rows) {
    const entry = await entryOf(row);
    if (isHeld(entry)) held.add(thread(entry));
    else if (!held.has(thread(entry))) return entry;
  }
  return undefined;
}

async function all(person: number): Promise<IDBRequest> {
  const outbox = (await transaction("outbox")).objectStore("outbox");
  return outbox.index("waiting").getAll(["saved", person]);
}

// What was refused is said once more, as something new: the same words and photos, at the same time.
export async function again(entry: Entry): Promise<void> {
  const photos: Blob[] = [];
  for (const file of entry.files) {
    const kept = await photo(file);
    if (kept) photos.push(kept);
  }
  const { verb, fields, at, ahead, label } = entry;
  await save(entry.person, { verb, fields, at, ahead: ahead ?? null, label }, photos);
  await forget(entry);
}

export async function answer(
  entry: Entry,
  state: State,
  because: string,
  doubts: string[],
): Promise<void> {
  const said: Said = {
    verb: entry.verb,
    fields: entry.fields,
    at: entry.at,
    ahead: entry.ahead ?? null,
    label: entry.label,
    files: entry.files,
    because,
    doubts,
  };
  const box = await lock(bytes(said));
  const change = await transaction(["outbox", "files"], "readwrite", { durability: "strict" });
  change.objectStore("outbox").put({
    order: entry.order,
    id: entry.id,
    person: entry.person,
    state,
    done: state === "saved" ? 0 : Date.now(),
    box,
  } satisfies Row);
  if (state === "received")
    for (const file of entry.files) change.objectStore("files").delete(file);
  await finished(change);
}

export async function photo(id: string): Promise<Blob | undefined> {
  const row = (await answered((await transaction("files")).objectStore("files").get(id))) as
    FileRow | undefined;
  return row ? new Blob([await unlock(row.box)], { type: "image/jpeg" }) : undefined;
}

export async function forget(entry: Entry): Promise<void> {
  const change = await transaction(["outbox", "files"], "readwrite");
  change.objectStore("outbox").delete(entry.order);
  for (const file of entry.files) change.objectStore("files").delete(file);
  await finished(change);
}

export async function forgetOld(): Promise<void> {
  for (const row of await entries())
    if (row.state === "received" && row.done < Date.now() - KEPT) await forget(row);
}
