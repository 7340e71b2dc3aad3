// Reads codes with the camera: by the browser itself where it can, else by a reader that is fetched once and kept.
declare global {
  interface Window {
    BarcodeDetector?: {
      new (options: { formats: string[] }): {
        detect(source: CanvasImageSource): Promise<{ rawValue: string }[]>;
      };
      getSupportedFormats?(): Promise<string[]>;
    };
  }
}

type Reader = (video: HTMLVideoElement) => Promise<string | undefined>;

async function ownReader(): Promise<Reader | undefined> {
  const kind = window.BarcodeDetector;
  if (
    !kind ||
    !(await kind.getSupportedFormats?.().catch(() => [] as string[]))?.includes("qr_code")
  )
    return undefined;
  const detector = new kind({ formats: ["qr_code"] });
  return async (video) => (await detector.detect(video))[0]?.rawValue;
}

async function fetchedReader(): Promise<Reader> {
  const { read } = await import("./reader");
  const canvas = document.createElement("canvas");
  return async (video) => {
    canvas.width = video.videoWidth;
    canvas.height = video.videoHeight;
    const pen = canvas.getContext("2d", { willReadFrequently: true });
    if (!pen || !canvas.width) return undefined;
    pen.drawImage(video, 0, 0);
    return read(pen.getImageData(0, 0, canvas.width, canvas.height));
  };
}

export interface Scanning {
  video: HTMLVideoElement;
  stop(): void;
}

// Looks until a code is found or it is stopped. Throws where there is no camera, or it may not be used.
export async function scan(found: (text: string) => void): Promise<Scanning> {
  const stream = await navigator.mediaDevices.getUserMedia({
    video: { facingMode: "environment", width: { ideal: 1280 } },
    audio: false,
  });
  const video = document.createElement("video");
  video.setAttribute("playsinline", "");
  video.muted = true;
  video.srcObject = stream;
  let read: Reader;
  try {
    await video.play();
    read = (await ownReader()) ?? (await fetchedReader());
  } catch (error) {
    for (const track of stream.getTracks()) track.stop();
    throw error;
  }
  let over = false;
  const stop = (): void => {
    over = true;
    for (const track of stream.getTracks()) track.stop();
  };
  void (async () => {
    while (!over) {
      const text = await read(video).catch(() => undefined);
      if (text && !over) {
        stop();
        navigator.vibrate?.(80);
        found(text);
        return;
      }
      await new Promise((next) => setTimeout(next, 120));
    }
  })();
  return { video, stop };
}

// Fetch the reader now, if this browser will need it; the service worker keeps it.
export async function fetchReader(): Promise<void> {
  if (!(await ownReader())) await import("./reader").then((r) => r.warm()).catch(() => undefined);
}

// The letters of a code, alone or at the end of an address, and the place it hangs at; undefined if it is none of ours.
export function placeOf(text: string): { code: string; place: number } | undefined {
  const code = (text.trim().replace(/\/+$/, "").split("/").pop() ?? "")
    .toUpperCase()
    .replace(/^(\d+)\.([PR])/, (_all, id: string, kind: string) => `${id}.${kind.toLowerCase()}`);
  const parts = /^(\d{1,18})\.[pr]\d+\.[A-Z2-7]{12}$/.exec(code);
  return parts ? { code, place: Number(parts[1]) } : undefined;
}
