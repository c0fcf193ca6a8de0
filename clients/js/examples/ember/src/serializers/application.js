export { JSONSerializer as default } from '@warp-drive/legacy/serializer/json';
