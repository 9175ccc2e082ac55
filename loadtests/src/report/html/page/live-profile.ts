/** Asks for a CPU profile and hands it to the browser as a download. */

/** How long the browser may take to begin reading what it is given, milliseconds. */
const READ_MS = 60_000;

/** @param told where it is said what happens; a status that is read aloud. */
export async function downloadProfile(
  address: string,
  button: HTMLButtonElement,
  told: HTMLElement,
): Promise<void> {
  // Not `disabled`: that would take the focus away from who has just pressed it.
  if (button.getAttribute("aria-disabled") === "true") return;
  button.setAttribute("aria-disabled", "true");
  told.textContent = "taking a CPU profile…";
  try {
    const response = await fetch(address, { method: "POST" });
    if (!response.ok) throw new Error(await reasonOf(response));
    const name = /filename="([^"]+)"/.exec(response.headers.get("content-disposition") ?? "")?.[1];
    const link = document.createElement("a");
    link.href = URL.createObjectURL(await response.blob());
    link.download = name ?? "loopscope.cpuprofile";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), READ_MS);
    told.textContent = `${link.download} was handed to the browser as a download`;
  } catch (error) {
    told.textContent = `no CPU profile: ${error instanceof Error ? error.message : String(error)}`;
  } finally {
    button.removeAttribute("aria-disabled");
  }
}

async function reasonOf(response: Response): Promise<string> {
  const body = (await response.json().catch(() => null)) as { readonly error?: string } | null;
  return body?.error ?? `status ${response.status}`;
}
