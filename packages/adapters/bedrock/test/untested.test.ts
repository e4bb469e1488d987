import { ConverseCommand } from '@aws-sdk/client-bedrock-runtime'
import { fakeServer, memoryLog } from '@slm-audit/testing'
import { expect, test } from 'vitest'
import { wrapBedrock } from '../src/index.ts'
import { connect, versions } from './clients.ts'

test('a major that nobody tested is said once, and its calls are recorded', async () => {
  await using server = await fakeServer({ chunks: ['{}'] })
  const { log, calls, problems } = memoryLog()
  const [version] = versions
  if (version === undefined) throw new Error('no version')
  for (let count = 0; count < 2; count++) {
    const client = wrapBedrock(connect(version, server.url), log)
    client.middlewareStack.add(
      (next) => (args) => {
        const { headers } = args.request as { readonly headers: { [name: string]: string } }
        headers['user-agent'] = 'aws-sdk-js/9.1.0 ua/2.1'
        return next(args)
      },
      { step: 'finalizeRequest', priority: 'low' }
    )
    await client.send(new ConverseCommand({ modelId: 'm', messages: [] }))
  }
  expect(problems.map(({ code, message }) => [code, message.split(' is ')[0]])).toEqual([
    ['client_untested', '@aws-sdk/client-bedrock-runtime 9.1.0']
  ])
  expect(await calls()).toHaveLength(2)
})
