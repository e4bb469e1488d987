export { type CefOptions, toCef } from './cef.ts'
export { type CloudEvent, type CloudEventOptions, toCloudEvent } from './cloud-event.ts'
export { type EcsDocument, type EcsOptions, type EcsVersion, toEcs } from './ecs.ts'
export { type OcsfEvent, type OcsfOptions, type OcsfVersion, toOcsf } from './ocsf.ts'
