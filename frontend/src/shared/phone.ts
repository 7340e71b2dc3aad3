// What a phone says of itself: how far it is from a place, and a made-up name; where it is, it tells nobody.
export async function metresFrom(where: [number, number] | null): Promise<number | undefined> {
  if (!where || !navigator.geolocation) return undefined;
  return new Promise((resolve) => {
    const late = setTimeout(() => resolve(undefined), 4000);
    navigator.geolocation.getCurrentPosition(
      (p) => {
        clearTimeout(late);
        resolve(Math.round(between(p.coords.latitude, p.coords.longitude, where[0], where[1])));
      },
      () => {
        clearTimeout(late);
        resolve(undefined);
      },
      { timeout: 3500, maximumAge: 30_000, enableHighAccuracy: true },
    );
  });
}

function between(lat1: number, lon1: number, lat2: number, lon2: number): number {
  const rad = Math.PI / 180;
  const a =
    Math.sin(((lat2 - lat1) * rad) / 2) ** 2 +
    Math.cos(lat1 * rad) * Math.cos(lat2 * rad) * Math.sin(((lon2 - lon1) * rad) / 2) ** 2;
  return 12_742_000 * Math.asin(Math.sqrt(a));
}

// A made-up name of this phone, so that one phone signing in two people is noticed.
export function device(): string {
  let name = localStorage.getItem("device");
  if (!name) {
    name = newId();
    localStorage.setItem("device", name);
  }
  return name;
}

// Whose this phone is just now: told by the pages and the kit to one another, so that after a change of person, or a sign-out, nobody sees another's work.
const WHOSE = "person";

export function tellWhose(person: number | null): void {
  localStorage.setItem(WHOSE, person === null ? "" : String(person));
}

// Whether somebody's work may be in sight: not where the pages last said that they are not here any more.
export function isTheirs(person: number): boolean {
  const said = localStorage.getItem(WHOSE);
  return said === null || said === String(person);
}

// A made-up name that is used once. Older browsers have no `randomUUID`.
export function newId(): string {
  if (crypto.randomUUID) return crypto.randomUUID();
  const b = crypto.getRandomValues(new Uint8Array(16));
  b[6] = ((b[6] ?? 0) & 0x0f) | 0x40;
  b[8] = ((b[8] ?? 0) & 0x3f) | 0x80;
  const hex = Array.from(b, (x) => x.toString(16).padStart(2, "0")).join("");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
