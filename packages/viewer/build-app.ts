// Builds the page of the viewer: app.js and app.css, by their paths.
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

export async function buildApp(): Promise<{ readonly [path: string]: string }> {
  const entry = fileURLToPath(new URL('./src/app/main.tsx', import.meta.url))
  const styles = fileURLToPath(new URL('./src/app/styles/app.css', import.meta.url))
  const { outputFiles } = await build({
    entryPoints: { app: entry, style: styles },
    bundle: true,
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
  const textOf = (suffix: string) =>
    outputFiles.find(({ path }) => path.endsWith(suffix))?.text ?? ''
  return { '/app.js': textOf('app.js'), '/app.css': textOf('style.css') }
}
