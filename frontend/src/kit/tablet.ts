// A tablet that several people share: each unlocks it by their PIN, also without network, and what they do goes under their own pass.
import * as outbox from "./outbox";
import * as store from "./store";

export interface Shared {
  token: string;
  unit: string;
  tablet: string;
  people: { id: number; name: string }[];
}
interface Profile {
  person: number;
  name: string;
  ticket: string;
  salt: number[];
  check: number[];
  wrong: number; // tries without network since the last right one
  ended: boolean; // the server takes this pass no longer: the PIN is asked for with network
}

const ROUNDS = 310_000; // PBKDF2-SHA-256; slows whoever has a copy of the profile and guesses
const MOST_WRONG = 5;
export const IDLE = 120_000; // milliseconds until a tablet that nobody touches locks itself
let shared: Shared | undefined;
let profiles: Profile[] = [];

export const current = (): Shared | undefined => shared;
export const endedNames = (waiting: Set<number>): string[] =>
  profiles.filter((p) => p.ended && waiting.has(p.person)).map((p) => p.name);

export async function load(): Promise<Shared | undefined> {
  shared = await store.kept<Shared>("tablet");
  profiles = (await store.kept<Profile[]>("profiles")) ?? [];
  if (shared)
    outbox.shared.passes = () =>
      profiles.filter((p) => !p.ended).map(({ person, ticket }) => ({ person, ticket }));
  outbox.shared.ended = async (person) => {
    profiles = profiles.map((p) => (p.person === person ? { ...p, ended: true } : p));
    await store.keep("profiles", profiles);
  };
  return shared;
}

// Ask who may unlock it; the first time, this makes the phone a shared tablet. A word that says why not, or nothing.
export async function renew(token = shared?.token): Promise<string | undefined> {
  if (!token) return undefined;
  const said = await outbox.post<Omit<Shared, "token"> & { because?: string }>("/api/tablet", {
    token,
  });
  if (!said) return undefined;
  if (said.because) return said.because;
  await store.keep("tablet", { token, ...said });
  await load();
  return undefined;
}

async function derived(pin: string, salt: number[]): Promise<number[]> {
  const key = await crypto.subtle.importKey("raw", new TextEncoder().encode(pin), "PBKDF2", false, [
    "deriveBits",
  ]);
  return Array.from(
    new Uint8Array(
      await crypto.subtle.deriveBits(
        { name: "PBKDF2", hash: "SHA-256", salt: new Uint8Array(salt), iterations: ROUNDS },
        key,
        256,
      ),
    ),
  );
}

export type Opened = { ticket: string } | { because: string } | "wrong" | "needs network";

export async function unlock(person: number, pin: string): Promise<Opened> {
  if (!shared) return "needs network";
  const said = await outbox.post<{ ticket?: string; name?: string; because?: string }>(
    "/api/tablet/unlock",
    { token: shared.token, person, pin },
  );
  if (said?.ticket) {
    const salt = Array.from(crypto.getRandomValues(new Uint8Array(16)));
    const fresh: Profile = {
      person,
      name: said.name ?? "",
      ticket: said.ticket,
      salt,
      check: await derived(pin, salt),
      wrong: 0,
      ended: false,
    };
    profiles = [...profiles.filter((p) => p.person !== person), fresh];
    await store.keep("profiles", profiles);
    return { ticket: fresh.ticket };
  }
  if (said) return { because: said.because ?? "" };
  return withoutNetwork(person, pin);
}

async function withoutNetwork(person: number, pin: string): Promise<Opened> {
  const mine = profiles.find((p) => p.person === person);
  if (!mine || mine.ended || mine.wrong >= MOST_WRONG) return "needs network";
  const typed = await derived(pin, mine.salt);
  const right = typed.every((byte, i) => byte === mine.check[i]);
  mine.wrong = right ? 0 : mine.wrong + 1;
  await store.keep("profiles", profiles);
  return right ? { ticket: mine.ticket } : "wrong";
}
