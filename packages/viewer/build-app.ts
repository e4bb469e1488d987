// Builds the page of the viewer: app.js and app.css, by their paths.
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

/** The files of the page: what a first load needs, and parts that are loaded once they are shown. */
export interface BuiltApp {
  /** Texts by their paths. */
  readonly files: { readonly [path: string]: string }
  /** Paths of what a first load needs. */
  readonly first: readonly string[]
}

export async function buildApp(): Promise<BuiltApp> {
  const entry = fileURLToPath(new URL('./src/app/main.tsx', import.meta.url))
  const styles = fileURLToPath(new URL('./src/app/styles/app.css', import.meta.url))
  const { outputFiles, metafile } = await build({
    entryPoints: { app: entry, style: styles },
    bundle: true,
    splitting: true,
    metafile: true,
    write: false,
    outdir: 'app',
    format: 'esm',
    platform: 'browser',
    target: ['es2024', 'chrome130', 'firefox132', 'safari18'],
    minify: true,
    legalComments: 'none',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    charset: 'utf8',
    logLevel: 'silent'
  })
  const files = outputFiles.map(({ path, text }) => [`/${path.split('/').at(-1)}`, text] as const)
  const needed = new Set<string>()
  const add = (path: string): void => {
    if (needed.has(path)) return
    needed.add(path)
    for (const { path: other, kind } of metafile.outputs[path]?.imports ?? []) {
      if (kind === 'import-statement') add(other)
    }
  }
  add('app/app.js')
  add('app/style.css')
  const first = [...needed].map((path) => `/${path.split('/').at(-1)}`)
  return { files: Object.fromEntries(files), first }
}
