#pragma once

#include <chrono>

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>

#include "internal/async/task.h"

namespace mcp::async {

// Asio's sockets on the one concrete executor.
using Tcp = asio::ip::tcp;
using TcpSocket = asio::basic_stream_socket<Tcp, Executor>;
using TcpAcceptor = asio::basic_socket_acceptor<Tcp, Executor>;
using TcpResolver = asio::ip::basic_resolver<Tcp, Executor>;
using TcpEndpoint = Tcp::endpoint;

// Either a TCP socket or a Unix-domain one, with the same code.
using StreamProtocol = asio::generic::stream_protocol;
using StreamSocket = asio::basic_stream_socket<StreamProtocol, Executor>;
using StreamAcceptor = asio::basic_socket_acceptor<StreamProtocol, Executor>;
using StreamEndpoint = StreamProtocol::endpoint;
using LocalEndpoint = asio::local::stream_protocol::endpoint;

using SteadyTimer = asio::basic_waitable_timer<std::chrono::steady_clock,
                                               asio::wait_traits<std::chrono::steady_clock>, Executor>;

}  // namespace mcp::async
