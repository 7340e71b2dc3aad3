/** A link without an account carries its secret behind the #, which browsers send to nobody; the page's form sends it, and the address loses it. */
export function openLink(): void {
  const form = document.querySelector<HTMLFormElement>("#open-link");
  const secret = location.hash.slice(1);
  if (!form || !/^[0-9a-f]{32}$/.test(secret)) return;
  history.replaceState(null, "", location.pathname);
  (form.elements.namedItem("token") as HTMLInputElement).value = secret;
  form.submit();
}
