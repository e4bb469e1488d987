import { execFileSync } from 'node:child_process'

/** The text of a file as `pnpm run fix` would leave it. */
export function formatted(file: string, text: string): string {
  const arguments_ = ['format', `--stdin-file-path=${file}`]
  return execFileSync('node_modules/.bin/biome', arguments_, { input: text, encoding: 'utf8' })
}
