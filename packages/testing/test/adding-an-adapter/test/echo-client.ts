interface Options {
  readonly signal?: AbortSignal
}

/** Stands for a vendor's package: it takes a fetch, tries again, and streams lines of JSON. */
export class Echo {
  fetch: typeof globalThis.fetch
  readonly maxRetries: number
  readonly #url: string

  constructor({ baseURL, maxRetries }: { baseURL: string; maxRetries: number }) {
    this.fetch = (input, init) => globalThis.fetch(input, init)
    this.maxRetries = maxRetries
    this.#url = baseURL
  }

  async chat(params: object, options: Options = {}): Promise<unknown> {
    return (await this.request(params, options)).json()
  }

  async *stream(params: object, options: Options = {}): AsyncGenerator<unknown> {
    const { body } = await this.request(params, options)
    const decoder = new TextDecoder()
    let held = ''
    for await (const chunk of body ?? []) {
      held += decoder.decode(chunk as Uint8Array, { stream: true })
      const lines = held.split('\n')
      held = lines.pop() ?? ''
      for (const line of lines) yield JSON.parse(line)
    }
  }

  /** Asks, and asks again while the server refuses. */
  async request(params: object, { signal }: Options): Promise<Response> {
    const init = { method: 'POST', body: JSON.stringify(params), ...(signal && { signal }) }
    for (let retries = 0; ; retries++) {
      const response = await this.fetch(`${this.#url}/echo`, init)
      if (response.ok) return response
      if (retries < this.maxRetries) continue
      const { status } = response
      throw Object.assign(new Error(await response.text()), { status })
    }
  }
}
