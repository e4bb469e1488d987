import * as newest from '@aws-sdk/client-bedrock-runtime'
import { NodeHttpHandler } from '@smithy/node-http-handler'
import { ConfiguredRetryStrategy } from '@smithy/util-retry'
import * as older from 'bedrock-3-699'
import { ConfiguredRetryStrategy as OlderStrategy } from 'util-retry-3'

type Sdk = typeof newest

/** A version of the SDK. */
export interface Version {
  readonly name: string
  readonly sdk: Sdk
  readonly Strategy: typeof ConfiguredRetryStrategy
}

/** The versions that the adapter says it is tested with; types that no test uses differ. */
export const versions: readonly Version[] = [
  { name: 'client-bedrock-runtime 3.1164', sdk: newest, Strategy: ConfiguredRetryStrategy },
  {
    name: 'client-bedrock-runtime 3.699',
    sdk: older as unknown as Sdk,
    Strategy: OlderStrategy as unknown as typeof ConfiguredRetryStrategy
  }
]

/** A client for a server on loopback that speaks HTTP/1.1; newer ones speak HTTP/2 unless told. */
export function connect({ sdk, Strategy }: Version, endpoint: string, retries = 0) {
  return new sdk.BedrockRuntimeClient({
    region: 'us-east-1',
    endpoint,
    credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'none' },
    // The SDK's default waits for random times, which it adds to the answer.
    retryStrategy: new Strategy(1 + retries, () => 1),
    requestHandler: new NodeHttpHandler()
  })
}
