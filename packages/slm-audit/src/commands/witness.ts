import { existsSync, mkdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { nodeSha256, privateKeySigner, readKeyFile } from '@slm-audit/core/node'
import { AuditError } from '@slm-audit/core/reader'
import {
  COSIGNATURE_V1,
  createWitness,
  formatVerifierKey,
  parseVerifierKey
} from '@slm-audit/core/tlog'
import { openWitnessStore } from '@slm-audit/sqlite'
import { type Command, InvalidArgumentError } from 'commander'
import { loadOptional } from '../base/load-optional.ts'
import type { Terminal } from '../terminal.ts'

interface Options {
  readonly directory: string
  readonly name: string
  readonly log: readonly string[]
  readonly host: string
  readonly port: number
}

/** `slm-audit witness serve`: a witness for other machines' logs (c2sp.org/tlog-witness). */
export function addWitness(program: Command, terminal: Terminal): void {
  program
    .command('witness')
    .description("cosigns other logs' checkpoints, so that their history cannot be rewritten")
    .command('serve')
    .description(
      'serves add-checkpoint until it is stopped; run it on another machine than the logs'
    )
    .requiredOption('--name <name>', "the witness's name, as in a policy: example.com/witness")
    .requiredOption('--log <vkey...>', 'the key of a log to vouch for; slm-audit key prints it')
    .option('--directory <path>', 'its key and its memory', '.slm-audit-witness')
    .option('--host <address>', 'where it listens', '127.0.0.1')
    .option('--port <number>', 'where it listens, 0 for any free port', parsePort, 8750)
    .action((options: Options) => listen(options, terminal))
}

async function listen(options: Options, terminal: Terminal): Promise<void> {
  const { directory, name, host } = options
  const { serve } = await loadOptional(
    'witness serve',
    '@hono/node-server hono',
    () => import('@hono/node-server')
  )
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const [keyFile, memory] = [join(directory, 'key'), join(directory, 'witness.db')]
  if (existsSync(keyFile) && !(statSync(memory, { throwIfNoEntry: false })?.size ?? 0)) {
    throw new AuditError(
      'bad_key',
      `${directory} holds the key of a witness without its memory, ${memory}: with this key it has vouched for what it no longer knows; put ${memory} back, or begin with a new key in another --directory`
    )
  }
  const store = openWitnessStore(memory)
  const signer = privateKeySigner(readKeyFile(keyFile, name), COSIGNATURE_V1)
  if (signer.key.name !== name) {
    throw new AuditError('bad_key', `${directory} holds the key of ${signer.key.name}, not ${name}`)
  }
  // slm-audit key prints a line for each key that a log has had.
  const logs = options.log.flatMap((keys) => keys.trim().split(/\s+/)).map(parseVerifierKey)
  const fetch = createWitness({ signer, logs, store, hash: nodeSha256 })
  await new Promise<void>((resolve, reject) => {
    const server = serve({ fetch, hostname: host, port: options.port }, ({ port }) => {
      terminal.print(`witness ${name} ${formatVerifierKey(signer.key)} http://${host}:${port}`)
      terminal.explain('the line above is for the policies of those who trust this witness')
    })
    server.on('error', reject)
    server.on('close', resolve)
  })
}

function parsePort(text: string): number {
  const port = Number(text)
  if (/^\d+$/.test(text) && port <= 65_535) return port
  throw new InvalidArgumentError('It takes a number from 0 to 65535.')
}
