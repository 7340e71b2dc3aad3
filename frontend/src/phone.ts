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
  const a = Math.sin(((lat2 - lat1) * rad) / 2) ** 2 + Math.cos(lat1 * rad) * Math.cos(lat2 * rad) * Math.sin(((lon2 - lon1) * rad) / 2) ** 2;
  return 12_742_000 * Math.asin(Math.sqrt(a));
}

// A made-up name of this phone, so that one phone signing in two people is noticed.
export function device(): string {
  let name = localStorage.getItem("device");
  if (!name) {
    name = crypto.randomUUID();
    localStorage.setItem("device", name);
  }
  return name;
}
