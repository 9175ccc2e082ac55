/** What a guardian tells the process that started it: one line of JSON on its standard output, once. */
export type GuardianMessage =
  | { readonly kind: "ready"; readonly url: string; readonly serverPid: number }
  | { readonly kind: "failed"; readonly reason: string };
