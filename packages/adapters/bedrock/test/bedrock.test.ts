import type { BedrockRuntimeClient } from '@aws-sdk/client-bedrock-runtime'
import { testClient } from '@slm-audit/testing/conformance'
import { wrapBedrock } from '../src/index.ts'
import { connect, versions } from './clients.ts'
import { newestScenarios, scenarios } from './scenarios.ts'

const fixture = (name: string) => new URL(`../fixtures/${name}/`, import.meta.url)
const modelId = 'us.anthropic.claude-sonnet-4-20250514-v1:0'
const messages = [{ role: 'user', content: [{ text: 'Weather?' }] }]

/** The words of the answer; reasoning and tools come one after the other with them. */
const text = (output: unknown) =>
  ((output as { content?: { text?: string }[] }).content ?? [])
    .map((block) => block.text ?? '')
    .join('')

for (const version of versions) {
  const { name, sdk } = version
  testClient<BedrockRuntimeClient>({
    name,
    connect: (url, { retries }) => connect(version, url, retries),
    wrap: wrapBedrock,
    plain: {
      folder: fixture('converse'),
      params: { modelId, messages },
      run: (client, params, { signal }) =>
        client.send(new sdk.ConverseCommand(params), signal ? { abortSignal: signal } : {})
    },
    stream: {
      folder: fixture('converse-streamed'),
      params: { modelId, messages },
      async run(client, params, { signal }) {
        const command = new sdk.ConverseStreamCommand(params)
        const { stream } = await client.send(command, signal ? { abortSignal: signal } : {})
        return stream
      }
    },
    text,
    retries: true,
    leavesConnection: true,
    refusal: { message: 'too fast' },
    malformed: new Uint8Array(32),
    // A signature is of the second in which it is made.
    ignoreHeaders: ['authorization'],
    scenarios: [...scenarios(sdk), ...('CountTokensCommand' in sdk ? newestScenarios(sdk) : [])]
  })
}
