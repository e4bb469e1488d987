// Builds `dist` of every package: JavaScript by tsup, declarations by one run of tsc over all.
import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from 'tsup'
import { quickProgram } from './build/quick-program.ts'
import { entriesOf, packages } from './packages.ts'
import { verifierPage } from './verifier-page.ts'

const all = packages()

await Promise.all(
  all.map((each) =>
    build({
      entry: entriesOf(each),
      outDir: join(each.folder, 'dist'),
      tsconfig: 'tsconfig.base.json',
      format: ['esm'],
      target: 'node22',
      platform: 'neutral',
      external: [/^[^./]/],
      sourcemap: true,
      clean: true,
      dts: false,
      silent: true,
      config: false
    })
  )
)

for (const { folder } of all) {
  const script = join(folder, 'build-app.ts')
  if (!existsSync(script)) continue
  const { buildApp } = (await import(pathToFileURL(resolve(script)).href)) as {
    buildApp(): Promise<{ readonly files: { readonly [path: string]: string } }>
  }
  const { files } = await buildApp()
  // In place of the module that builds them.
  const module = `const files = ${JSON.stringify(files)}\nexport const appFiles = async () => files\n`
  writeFileSync(join(folder, 'dist/app-files.js'), module)
  rmSync(join(folder, 'dist/app-files.js.map'), { force: true })
}

await quickProgram(all)

rmSync('.types', { recursive: true, force: true })
mkdirSync('.types')
const tsconfig = {
  extends: '../tsconfig.base.json',
  compilerOptions: {
    rootDir: '../packages',
    outDir: 'out',
    emitDeclarationOnly: true,
    sourceMap: false
  },
  include: ['../packages/**/src'],
  exclude: ['../**/node_modules', '../**/dist']
}
writeFileSync('.types/tsconfig.json', JSON.stringify(tsconfig))
execFileSync('tsc', ['-p', '.types/tsconfig.json'], { stdio: 'inherit' })
for (const { folder } of all) {
  const types = join('.types/out', folder.slice('packages/'.length), 'src')
  // Nobody imports the parts of a page.
  const isOfPage = (path: string) =>
    path.startsWith(join(types, 'app/')) || path === join(types, 'app')
  const isPage = existsSync(join(folder, 'build-app.ts'))
  cpSync(types, join(folder, 'dist'), {
    recursive: true,
    filter: (path) => !(isPage && isOfPage(path))
  })
}
writeFileSync('packages/verify/dist/verifier.html', await verifierPage())
console.log(`built ${all.length} packages`)
