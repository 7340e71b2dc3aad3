// A screen on the wall: full screen by one click, and never a picture of before taken for now.
const STALE = 100_000; // milliseconds; three times as long as it is asked anew

export function wall(): void {
  if (!document.getElementById("wall")) return;
  document.querySelector("[data-full-screen]")?.addEventListener("click", () => {
    void document.documentElement.requestFullscreen();
  });
  window.setInterval(tellIfStale, 10_000);
}

function tellIfStale(): void {
  const shown = document.getElementById("wall")?.dataset["wall"];
  const told = document.getElementById("wall-stale");
  if (!shown || !told) return;
  told.hidden = Date.now() - Date.parse(shown) < STALE;
  const at = told.querySelector("b");
  if (at) at.textContent = new Date(shown).toLocaleTimeString("zh-CN", { timeStyle: "short" });
}
