const parameters = new URLSearchParams(location.search);

export const api = parameters.get('api') ?? 'https://api.shop.example';
export const stack = parameters.get('stack') ?? 'fetch';
