import { once } from 'node:events'
import { statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { makeFolder, privateKeySigner, readKeyFile, serveSigner } from '@slm-audit/core/node'
import { AuditError } from '@slm-audit/core/reader'
import { formatVerifierKey } from '@slm-audit/core/tlog'
import { type Command, InvalidArgumentError, Option } from 'commander'
import type { Terminal } from '../terminal.ts'

interface Options {
  readonly name: string
  readonly socket: string
  readonly key: string
  readonly mode: number
}

/** `slm-audit signer`: holds a log's key in a process of its own. */
export function addSigner(program: Command, terminal: Terminal): void {
  program
    .command('signer')
    .description(
      'holds the key of a log and signs its checkpoints, for an application that never has the key'
    )
    .requiredOption(
      '--name <origin>',
      'the name of the log, and of its key: example.com/support-bot'
    )
    .option('--socket <path>', 'where the application connects', '.slm-audit-signer/socket')
    .option('--key <path>', 'the private key, made where it is missing', '.slm-audit-signer/key')
    .addOption(
      new Option('--mode <octal>', 'who may connect, as permissions of the socket')
        .argParser(parseMode)
        .default(0o600, '600')
    )
    .addHelpText(
      'after',
      '\nIt signs each size once, and only ever larger ones; run it as another user than the application.'
    )
    .action((options: Options) => run(options, terminal))
}

async function run({ name, socket, key, mode }: Options, terminal: Terminal): Promise<void> {
  const { signer, counter } = openSigner(key, name)
  const server = await serveSigner({ socket, mode, signer, counter })
  const stop = () => server.close()
  process.once('SIGINT', stop).once('SIGTERM', stop)
  terminal.print(`log ${formatVerifierKey(signer.key)}`)
  terminal.explain(
    `the line above is for policies; createAuditLog({ key: await processSigner('${socket}') }) signs there`
  )
  const folder = dirname(resolve(socket))
  const shutOut = ((mode & 0o022) >> 1) & ~statSync(folder).mode
  if (shutOut !== 0) {
    terminal.explain(
      `the folder ${folder} lets only you through, so nobody else can connect; chmod it`
    )
  }
  await once(server, 'close')
}

function openSigner(path: string, name: string) {
  makeFolder(dirname(resolve(path)))
  const signer = privateKeySigner(readKeyFile(path, name))
  if (signer.key.name === name) return { signer, counter: `${path}.counter` }
  throw new AuditError('bad_key', `${path} holds the key of ${signer.key.name}, not ${name}`)
}

function parseMode(text: string): number {
  if (/^0?[0-7]{3}$/.test(text)) return Number.parseInt(text, 8)
  throw new InvalidArgumentError('It takes permissions such as 660.')
}
