import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const execute = promisify(execFile)

/** Programs that check our logs with other people's code. */
export type OtherProgram = 'go' | 'python' | 'openssl'

/**
 * Builds the Go program, looks for the others, and says on standard error what is missing and so
 * not cross-checked. Where SLM_AUDIT_CROSSCHECK is `required`, as in `.ci/run`, it throws instead.
 */
export async function missingPrograms(program: string, source: string): Promise<OtherProgram[]> {
  const env = {
    ...process.env,
    GO111MODULE: 'off',
    GOPATH: '/usr/share/gocode',
    GOCACHE: `${program}.cache`
  }
  const tried = {
    go: () => execute('go', ['build', '-o', program, source], { env }),
    python: () => execute('python3', ['-c', 'import cryptography']),
    openssl: () => execute('openssl', ['version'])
  }
  const missing: OtherProgram[] = []
  for (const name of ['go', 'python', 'openssl'] as const) {
    const problem = await tried[name]().then(
      () => undefined,
      (error: unknown) => error
    )
    if (problem === undefined) continue
    if (process.env.SLM_AUDIT_CROSSCHECK === 'required') throw problem
    missing.push(name)
    process.stderr.write(
      `not cross-checked by ${name}: it is not here; scripts/crosscheck/install.sh installs it\n`
    )
  }
  return missing
}
