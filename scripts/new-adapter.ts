// Makes the folder of a new adapter from the one that docs/adding-an-adapter.md walks through:
// new-adapter.ts NAME, for instance `pnpm new-adapter cohere`
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'

const EXAMPLE = 'packages/testing/test/adding-an-adapter'

/** Every file of a new adapter called `name`, by its path from the root of the repository. */
export function adapterFiles(name: string): { readonly [file: string]: string } {
  const folder = `packages/adapters/${name}`
  const pascal = name.replace(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase())
  const camel = pascal.replace(/^\w/, (letter) => letter.toLowerCase())
  const files: { [file: string]: string } = {}
  for (const path of exampleFiles()) {
    const text = readFileSync(join(EXAMPLE, path), 'utf8')
    files[join(folder, path.replace('echo', name))] = path.endsWith('SOURCE.md')
      ? `Written by hand from … (name the page of the vendor's documentation). No user's data.\n`
      : renamed(text, name, pascal, camel)
  }
  files[join(folder, 'src/index.ts')] =
    `export { ${camel}Chat } from './${name}-chat.ts'\nexport { wrap${pascal} } from './wrap-${name}.ts'\n`
  files[join(folder, 'package.json')] = manifestOf(name, pascal)
  files[join(folder, 'LICENSE')] = readFileSync('LICENSE', 'utf8')
  files[join(folder, 'README.md')] = readmeOf(name, pascal, camel)
  files[`docs/adapters/${name}.md`] = pageOf(name, pascal, camel)
  return files
}

function exampleFiles(): string[] {
  return readdirSync(EXAMPLE, { recursive: true, encoding: 'utf8' }).filter(
    (path) => /\.\w+$/.test(path) && !path.includes('document.test')
  )
}

function renamed(text: string, name: string, pascal: string, camel: string): string {
  return text
    .replaceAll("'./echo-", `'./${name}-`)
    .replaceAll('/wrap-echo', `/wrap-${name}`)
    .replaceAll('/echo-', `/${name}-`)
    .replaceAll('echoChat', `${camel}Chat`)
    .replaceAll("'echo.chat'", `'${name.replaceAll('-', '_')}.chat'`)
    .replaceAll('"echo.chat"', `"${name.replaceAll('-', '_')}.chat"`)
    .replaceAll('Echo', pascal)
    .replaceAll("provider: 'echo'", `provider: '${name}'`)
    .replaceAll('"provider": "echo"', `"provider": "${name}"`)
    .replaceAll("name: 'echo 2'", `name: '${name} 1'`)
}

function manifestOf(name: string, pascal: string): string {
  const { version, license, type, sideEffects, engines, files, exports, publishConfig } =
    JSON.parse(readFileSync('packages/adapters/anthropic/package.json', 'utf8'))
  const home = 'https://github.com/slm-audit/slm-audit'
  const manifest = {
    name: `@slm-audit/${name}`,
    version,
    description: `Audits the ${pascal} client.`,
    keywords: ['slm-audit', 'audit-log', 'llm', 'language-model', name],
    homepage: `${home}/tree/main/packages/adapters/${name}#readme`,
    bugs: `${home}/issues`,
    repository: {
      type: 'git',
      url: `git+${home}.git`,
      directory: `packages/adapters/${name}`
    },
    license,
    type,
    sideEffects,
    engines,
    files,
    exports,
    publishConfig,
    dependencies: { '@slm-audit/core': 'workspace:^' },
    devDependencies: { '@slm-audit/testing': 'workspace:^' }
  }
  return `${JSON.stringify(manifest, null, 2)}\n`
}

function useOf(name: string, pascal: string, camel: string): string {
  return `\`\`\`ts
import { wrap${pascal} } from '@slm-audit/${name}'

const ${camel} = wrap${pascal}(new ${pascal}(), log) // same class, same types, same behaviour
\`\`\``
}

function readmeOf(name: string, pascal: string, camel: string): string {
  return `# @slm-audit/${name}

Audits the ${pascal} client.

${useOf(name, pascal, camel)}

[A whole program, what is captured, and what is not](https://github.com/slm-audit/slm-audit/blob/main/docs/adapters/${name}.md).

Part of slm-audit: an audit log of your application's language-model calls.
`
}

function pageOf(name: string, pascal: string, camel: string): string {
  return `# ${pascal}

\`\`\`sh
npm install slm-audit @slm-audit/${name} ${name}
\`\`\`

${useOf(name, pascal, camel)}

## Captured

- Chats, plain and streamed.

## Not captured

What has no fixture yet.
`
}

function main(): void {
  const { positionals } = parseArgs({ allowPositionals: true })
  const [name = ''] = positionals
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name)) {
    throw new TypeError(`name the client in kebab-case, for instance: pnpm new-adapter cohere`)
  }
  if (existsSync(`packages/adapters/${name}`)) {
    throw new Error(`packages/adapters/${name} exists; choose another name or extend it`)
  }
  const files = adapterFiles(name)
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
  }
  console.log(`made packages/adapters/${name} and docs/adapters/${name}.md
next:
  pnpm install && pnpm run generate
  pnpm exec vitest run packages/adapters/${name}   (passes as it is, on a stand-in for the client)
  add the client to devDependencies and as an optional peer, replace test/${name}-client.ts by it,
  replace the fixtures by its real bytes, and delete what it lacks`)
}

if (import.meta.main) main()
