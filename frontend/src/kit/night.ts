// Dark where the phone asks for it, and between dusk and dawn; looked at anew every minute.
const DUSK = 19;
const DAWN = 6;

export function followTheNight(): void {
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const look = (): void => {
    const hour = new Date().getHours();
    const night = dark.matches || hour >= DUSK || hour < DAWN;
    document.documentElement.toggleAttribute("data-night", night);
  };
  look();
  dark.addEventListener("change", look);
  window.setInterval(look, 60_000);
}
