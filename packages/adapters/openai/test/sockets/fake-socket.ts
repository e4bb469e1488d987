type Event = { readonly [name: string]: unknown }

/** A socket whose server is the test, as `ws` has it and as browsers do. */
export class FakeSocket extends EventTarget {
  readonly readyState = 1
  readonly sent: Event[] = []
  readonly #listeners: { readonly name: string; readonly hear: (...args: never[]) => void }[] = []

  send(data: string): void {
    this.sent.push(JSON.parse(data) as Event)
  }

  on(name: string, hear: (...args: never[]) => void): void {
    this.#listeners.push({ name, hear })
  }

  once(name: string, hear: (...args: never[]) => void): void {
    this.on(name, hear)
  }

  off(): void {}

  close(): void {
    this.dispatchEvent(new globalThis.Event('close'))
    this.#tell('close', 1006, '')
  }

  /** The server says something. */
  say(...events: readonly Event[]): void {
    for (const event of events) {
      const data = JSON.stringify(event)
      this.dispatchEvent(new MessageEvent('message', { data }))
      this.#tell('message', data, false)
    }
  }

  #tell(name: string, ...args: unknown[]): void {
    for (const each of this.#listeners) if (each.name === name) each.hear(...(args as never[]))
  }
}
