// The journey of one call: which files of the packages it enters, and how often it changes file.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A part of a journey. */
export interface Steps {
  /** Times that a function of another file than the last one is entered, in each thread. */
  readonly changes: number
  readonly functions: number
}

/** What a call's journey is made of, over all threads, until its records are stored. */
export interface Journey extends Steps {
  /** What each file of the packages has of it. */
  readonly files: ReadonlyMap<string, Steps>
}

/** Runs one plain call of OpenAI's client over the sources of a work tree, traced by trace-functions.ts. */
export function journeyOf(root: string): Journey {
  const folder = mkdtempSync(join(tmpdir(), 'slm-audit-trace-'))
  try {
    const tracer = new URL('trace-functions.ts', import.meta.url).href
    const program = new URL('one-call.ts', import.meta.url).pathname
    const { stdout, stderr, status } = spawnSync(
      process.execPath,
      ['--import', tracer, program, root],
      {
        encoding: 'utf8',
        env: { ...process.env, TRACE_FOLDER: folder }
      }
    )
    if (status !== 0) throw new Error(`the traced call failed: ${stderr}`)
    const { from, to } = JSON.parse(stdout) as { from: number; to: number }
    return journeyIn(folder, from, to)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function journeyIn(folder: string, from: number, to: number): Journey {
  const files = new Map<string, Steps>()
  const whole = { changes: 0, functions: 0 }
  for (const name of readdirSync(folder)) {
    let last: string | undefined
    for (const line of readFileSync(join(folder, name), 'utf8').split('\n')) {
      const [time, file] = line.split(' ')
      if (file === undefined || Number(time) < from || Number(time) > to) continue
      const own = files.get(file) ?? { changes: 0, functions: 0 }
      const change = file === last ? 0 : 1
      files.set(file, { changes: own.changes + change, functions: own.functions + 1 })
      whole.changes += change
      whole.functions++
      last = file
    }
  }
  return { files, ...whole }
}
