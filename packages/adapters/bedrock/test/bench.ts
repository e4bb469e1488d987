import {
  BedrockRuntimeClient,
  ConverseCommand,
  ConverseStreamCommand
} from '@aws-sdk/client-bedrock-runtime'
import {
  type AdapterBench,
  adapterBench,
  cannedHandler,
  type Derive
} from '@slm-audit/testing/bench'
import { wrapBedrock } from '../src/index.ts'

const fixtures = new URL('../fixtures/', import.meta.url)

const bedrock = (derive: Derive) =>
  new (derive(BedrockRuntimeClient))({
    region: 'us-east-1',
    endpoint: 'http://canned',
    credentials: { accessKeyId: 'k', secretAccessKey: 'none' },
    requestHandler: cannedHandler(fixtures, 'converse', 'converse-streamed')
  })

/** What this adapter adds to a call and to a chunk is measured on these: see `pnpm run bench`. */
export const benches: readonly AdapterBench[] = [
  adapterBench('bedrock', bedrock, wrapBedrock, (client) => {
    const params = { modelId: 'm', messages: [] }
    return {
      call: () => client.send(new ConverseCommand(params)),
      stream: async () => (await client.send(new ConverseStreamCommand(params))).stream ?? []
    }
  })
]
