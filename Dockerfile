# syntax=docker/dockerfile:1
# One image for the four services, the simulator and the `sms-bridge` command:
#   docker run IMAGE dist/services/exchange-relay/main.js
#   docker run IMAGE dist/cli/main.js doctor
ARG NODE_IMAGE=node:24-bookworm-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# not `npm ci`: the lock file lacks other platforms' builds of the tools, and `npm ci` refuses it for that; what is locked is taken as locked.
# No install scripts: nothing that runs here needs one.
RUN npm install --no-save --ignore-scripts --include=dev
COPY tsconfig.json ./
COPY migrations ./migrations
COPY cli ./cli
COPY shared ./shared
COPY services ./services
RUN node node_modules/typescript/bin/tsc -p .

FROM ${NODE_IMAGE} AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm install --no-save --ignore-scripts --omit=dev

FROM ${NODE_IMAGE}
WORKDIR /app
ENV NODE_ENV=production
# fewer and cheaper collections of short-lived garbage under load: a tenth of the relay's time, measured; nothing while idle
ENV NODE_OPTIONS=--max-semi-space-size=64
# probes and Prometheus come from outside of the container; its network decides who else does
ENV HEALTH_HOST=0.0.0.0
COPY package.json ./
COPY --from=dependencies /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY schemas ./schemas
USER node
EXPOSE 8080 9464
ENTRYPOINT ["node"]
CMD ["dist/cli/main.js", "--help"]
