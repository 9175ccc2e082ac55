/** Where the instances of each service are. A real one would watch Consul, Kubernetes or DNS. */
export class ServiceRegistry {
  readonly #services: ReadonlyMap<string, { readonly urls: readonly URL[]; turn: number }>;

  /** @param urlsByService base URLs of each service's instances, at least one. */
  constructor(urlsByService: Readonly<Record<string, readonly string[]>>) {
    this.#services = new Map(
      Object.entries(urlsByService).map(([name, urls]) => [
        name,
        { urls: urls.map((url) => new URL(url)), turn: 0 },
      ]),
    );
  }

  get names(): string[] {
    return [...this.#services.keys()];
  }

  /** The service's instances in turn; undefined for a service that nobody registered. */
  nextInstance(name: string): URL | undefined {
    const service = this.#services.get(name);
    if (service === undefined) return undefined;
    const url = service.urls[service.turn % service.urls.length];
    service.turn += 1;
    return url;
  }
}
