import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { build, type Plugin } from 'esbuild'

const PAGE = 'packages/verify/page'

/** What stands for Node's modules in a browser. */
const STAND_INS: { readonly [module: string]: string } = {
  'node:crypto': 'crypto.ts',
  'node:fs': 'files.ts',
  'node:path': 'files.ts'
}

const standIns: Plugin = {
  name: 'stand-ins',
  setup({ onResolve }) {
    onResolve({ filter: /^node:/ }, ({ path }) => ({
      path: resolve(PAGE, STAND_INS[path] ?? path)
    }))
  }
}

/** The verifier as one HTML file that needs nothing else: the code of `@slm-audit/verify`, in a page. */
export async function verifierPage(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [`${PAGE}/page.ts`],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    legalComments: 'inline',
    inject: [`${PAGE}/buffer.ts`],
    plugins: [standIns]
  })
  const script = outputFiles[0]?.text ?? ''
  const html = readFileSync(`${PAGE}/page.html`, 'utf8')
  // Nothing in the script may end it early.
  return html.replace('/* the verifier */', () => script.replaceAll('</script', '<\\/script'))
}
