import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { userName } from '@slm-audit/core/node'
import { type Annotation, AuditError, type Reader } from '@slm-audit/core/reader'
import { type Command, InvalidArgumentError } from 'commander'
import { loadOptional } from '../base/load-optional.ts'
import { isDatabase, isLogAddress, shownAddress } from '../base/log-address.ts'
import type { Terminal } from '../terminal.ts'
import { accessOptions } from './access.ts'
import { adminBeside, identityOption } from './admin/admin-of.ts'
import {
  existingFile,
  isDirectory,
  keyOptions,
  openLogReader,
  type ReadOptions,
  readFileOption
} from './with-reader.ts'

interface Options extends ReadOptions {
  readonly port?: number
  readonly open: boolean
}

/** `slm-audit ui`: a web page over the log, on this machine alone. */
export function addUi(program: Command, terminal: Terminal): void {
  const command = program
    .command('ui')
    .description('opens the viewer: a web page over the log, on this machine alone')
    .option('-p, --port <number>', 'the port on 127.0.0.1; a free one unless given', toPort)
    .option('--no-open', 'prints the address and opens no browser')
  const named = identityOption(readFileOption(command))
  keyOptions(accessOptions(named)).action(async (options: Options) => {
    const file = existingFile(options)
    const load = () => import('@slm-audit/viewer')
    const { serveViewer } = await loadOptional('slm-audit ui', '@slm-audit/viewer', load)
    await using opened = new AsyncDisposableStack()
    // Looked for each time: the key may have come meanwhile.
    const open = async () => opened.use(await openLogReader(options))
    const first = await firstOf(open, terminal)
    const { port } = options
    await using viewer = await serveViewer(first, {
      name: shownAddress(file),
      // Figures may walk through all calls: lists do not wait for them. A reader of files holds all calls in memory.
      ...(!isDirectory(file) && { figures: open }),
      ...annotating(file, options),
      ...(port !== undefined && { port })
    })
    terminal.print(viewer.url)
    terminal.explain('this address is for you alone; Ctrl-C ends the viewer')
    if (options.open && terminal.isInteractive) openBrowser(viewer.url)
    await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')])
  })
}

/** How the page says something of a call, where the log can be written beside its application. */
function annotating(file: string, options: Options) {
  if (!isLogAddress(file) && !isDatabase(file) && !isDirectory(file)) return {}
  const annotate = async (auditId: string, said: Annotation): Promise<void> => {
    const annotation = { by: options.as ?? userName(), ...said }
    await (await adminBeside(options)).admin.annotate({ calls: [auditId], annotation })
  }
  return { annotate }
}

/**
 * The reader; of a log that is locked how it is opened, so that the page says so and goes on once the key is there. Rejects with
 * AuditError as opening does, where no key is at fault.
 */
async function firstOf(
  open: () => Promise<Reader>,
  terminal: Terminal
): Promise<Reader | (() => Promise<Reader>)> {
  try {
    return await open()
  } catch (error) {
    if (!AuditError.is(error) || error.code !== 'bad_key') throw error
    terminal.explain(`locked: ${error.message}`)
    return open
  }
}

const OPENERS: { readonly [platform: string]: string } = { darwin: 'open', win32: 'explorer' }

/** Where no browser can be opened, the address is printed all the same. */
function openBrowser(url: string): void {
  const opener = OPENERS[process.platform] ?? 'xdg-open'
  const child = spawn(opener, [url], { stdio: 'ignore', detached: true })
  child.on('error', () => undefined)
  child.unref()
}

function toPort(text: string): number {
  const port = Number(text)
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port
  throw new InvalidArgumentError('It takes a number from 0 to 65535.')
}
