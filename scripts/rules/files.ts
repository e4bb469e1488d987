// The files that the house rules look at, and where a problem is found.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** A text file of the repository. */
export interface RepositoryFile {
  /** From the root of the repository. */
  readonly path: string
  readonly text: string
}

/** Says what breaks a rule, and where: `path`, `path:line` or a folder. */
export type Report = (where: string, problem: string) => void

/** All TypeScript, Markdown, JSON and YAML of the work tree that Git knows or would add. */
export function repositoryFiles(): RepositoryFile[] {
  const listed = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '--deduplicate'], {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024
  })
  return listed
    .split('\n')
    .filter((path) => /\.(ts|md|json|yaml)$/.test(path) && !path.includes('pnpm-lock'))
    .flatMap((path) => {
      const text = read(path)
      return text === undefined ? [] : [{ path, text }]
    })
}

/** `undefined` for a file that was deleted and not yet staged. */
function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}
