import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** What vitest tells of the tests that it ran, file by file. */
export interface TestReport<T> {
  readonly testResults: readonly {
    readonly name: string
    readonly assertionResults: readonly T[]
  }[]
}

/** Runs the tests whose names have `pattern`, in files that `filters` find. Throws where none could be run. */
export function runTests<T>(pattern: string, filters: readonly string[]): TestReport<T> {
  const folder = mkdtempSync(join(tmpdir(), 'slm-audit-tests-'))
  const outputFile = join(folder, 'report.json')
  try {
    const reporter = ['--reporter=json', `--outputFile=${outputFile}`]
    const vitest = join('node_modules', 'vitest', 'vitest.mjs')
    const args = [vitest, 'run', ...reporter, '-t', pattern, ...filters]
    const { stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
    return readReport(outputFile, stderr)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function readReport<T>(file: string, said: string): TestReport<T> {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as TestReport<T>
  } catch (cause) {
    throw new Error(`the tests did not run: ${said}`, { cause })
  }
}
