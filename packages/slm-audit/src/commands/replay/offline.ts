import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { AuditError, type FilterTree, type Reader } from '@slm-audit/core/reader'
import { EXIT } from '../../base/exit-codes.ts'
import { visibleJson } from '../../render/columns.ts'
import { renderReplayReport } from '../../render/compare/replay.ts'
import type { Terminal } from '../../terminal.ts'
import { isChoice } from '../filter.ts'
import type { Replays } from './load-replays.ts'

/** Options of `slm-audit replay --offline`. */
export interface OfflineOptions {
  readonly run?: string
  readonly port?: number
  readonly to?: string
  readonly divergence?: 'serve' | 'fail' | 'live'
  readonly forkAt?: number
  readonly timing?: 'at-once' | 'recorded'
  readonly json?: boolean
}

/**
 * Serves the recorded answers of a filter's calls until the application has ended, or somebody ends the command; then says how
 * far it was the recording again, by exit code 1 where it was not.
 */
export async function replayOffline(
  { loadReplay, serveReplay }: Replays,
  reader: Reader,
  filter: FilterTree,
  options: OfflineOptions,
  terminal: Terminal,
  finish: (exitCode: number) => void
): Promise<void> {
  if (!isChoice(filter)) {
    throw new AuditError(
      'bad_option',
      '--offline serves calls that you choose: slm-audit replay --offline session:S-42'
    )
  }
  const { run, port, to, divergence, forkAt, timing } = options
  if (to === undefined && (divergence === 'live' || forkAt !== undefined)) {
    throw new AuditError(
      'bad_option',
      'requests that go to a model need its address: --to http://127.0.0.1:11434'
    )
  }
  const replay = await loadReplay(
    reader,
    { filter },
    {
      ...(divergence && { onDivergence: divergence }),
      ...(forkAt !== undefined && { forkAt }),
      ...(timing && { timing })
    }
  )
  await using server = await serveReplay(replay, {
    ...(port !== undefined && { port }),
    ...(to !== undefined && { live: to })
  })
  if (run === undefined) {
    terminal.print(server.url)
    terminal.explain(
      'clients take this address as their base URL, with /v1 behind it for OpenAI; Ctrl-C ends and reports'
    )
    await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')])
  } else await runApplication(run, server.url)
  const report = replay.report()
  terminal.print(options.json ? visibleJson(report) : renderReplayReport(report, terminal))
  if (report.diverged + report.unanswered + report.unused > 0) finish(EXIT.flaw)
}

/** Where the clients of vendors look for their server's address, and what some need to begin at all. */
function environment(url: string): NodeJS.ProcessEnv {
  const key = 'replayed'
  return {
    OPENAI_API_KEY: key,
    ANTHROPIC_API_KEY: key,
    GEMINI_API_KEY: key,
    AWS_ACCESS_KEY_ID: key,
    AWS_SECRET_ACCESS_KEY: key,
    AWS_REGION: 'us-east-1',
    ...process.env,
    OPENAI_BASE_URL: `${url}/v1`,
    ANTHROPIC_BASE_URL: url,
    ANTHROPIC_BEDROCK_BASE_URL: url,
    AWS_ENDPOINT_URL_BEDROCK_RUNTIME: url,
    // Else one who has it set would have AWS asked.
    AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'false',
    GOOGLE_GEMINI_BASE_URL: url,
    OLLAMA_HOST: url
  }
}

/** Runs the application with its output as it is. Rejects with AuditError `bad_option` where it fails. */
async function runApplication(command: string, url: string): Promise<void> {
  const child = spawn(command, { shell: true, stdio: 'inherit', env: environment(url) })
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null]
  if (code === 0) return
  const how = signal === null ? `with exit code ${code}` : `by ${signal}`
  throw new AuditError('bad_option', `the application ended ${how}: ${command}`)
}
