import { spawn } from 'node:child_process'
import { once } from 'node:events'

const program = new URL('../../src/cli.ts', import.meta.url).pathname

/** `slm-audit ui` in a process of its own, and a browser that has opened the address that it printed. */
export class ViewerProcess implements AsyncDisposable {
  readonly #child
  readonly #origin: string
  readonly #cookie: string

  private constructor(child: ReturnType<typeof spawn>, origin: string, cookie: string) {
    this.#child = child
    this.#origin = origin
    this.#cookie = cookie
  }

  static async open(...args: string[]): Promise<ViewerProcess> {
    const child = spawn(process.execPath, [program, 'ui', '--no-open', ...args], {
      stdio: ['ignore', 'pipe', 'inherit']
    })
    const [line] = await once(child.stdout, 'data')
    const url = new URL(String(line).trim())
    const { headers } = await fetch(url, { redirect: 'manual' })
    const [cookie = ''] = headers.get('set-cookie')?.split(';') ?? []
    return new ViewerProcess(child, url.origin, cookie)
  }

  /** What the page is told when it asks. */
  async ask(path: string) {
    const headers = { cookie: this.#cookie, 'sec-fetch-site': 'same-origin' }
    const response = await fetch(this.#origin + path, { headers })
    return await response.json()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = once(this.#child, 'exit')
    this.#child.kill('SIGINT')
    await ended
  }
}
