export { bedrockConverse } from './bedrock-converse.ts'
export { bedrockInvoke } from './bedrock-invoke.ts'
export { bedrockProtocols } from './protocols.ts'
export { wrapBedrock } from './wrap-bedrock.ts'
