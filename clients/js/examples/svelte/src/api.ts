import { understudy } from '@understudy/svelte';

export const origin = new URLSearchParams(location.search).get('api') ?? location.origin;

export const api = understudy({ api: origin });
