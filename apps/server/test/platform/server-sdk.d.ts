/** What the test calls of it; its own types name a file that does not exist (server API, 9.46). */
declare module '@100mslive/server-sdk' {
  export interface Page {
    readonly [key: string]: unknown;
  }
  export class SDK {
    constructor(accessKey: string, secret: string);
    readonly auth: Record<'getManagementToken' | 'getAuthToken', (options?: object) => Promise<{ token: string }>>;
    readonly api: {
      readonly axios: { readonly defaults: { baseURL: string } };
      get(path: string, params?: object): Promise<Page>;
      post(path: string, body?: object): Promise<Page>;
    };
    readonly [service: string]: unknown;
  }
}
