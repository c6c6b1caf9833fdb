#ifndef AMPHI_UDP_SEND_BATCH_HPP
#define AMPHI_UDP_SEND_BATCH_HPP

#include <netinet/in.h>
#include <sys/socket.h>
#include <uv.h>
#include <cerrno>
#include <cstdint>
#include <cstring> // std::memcmp(), std::memcpy()
#include <functional>
#include <memory> // std::addressof()
#include <utility> // std::swap()
#include <vector>

/**
 * What the worker sends in one turn of its event loop, sent together at the turn's end: datagrams to one receiver as one message
 * that the kernel cuts (UDP_SEGMENT, udp(7)), and all messages by one call (sendmmsg(2)). A frame goes to each receiver as
 * several packets, so the way through the kernel is gone once for all of them.
 *
 * Datagrams to one receiver stay in order. None waits for more to come: the loop does not wait for events before the batch
 * is sent. What the kernel does not take this way goes datagram by datagram, as without a batch.
 */
class UdpSendBatch
{
public:
	using onSendCallback = const std::function<void(bool sent)>;

	class Socket
	{
	public:
		virtual ~Socket()                            = default;
		virtual uv_udp_t* GetUvHandle() const        = 0;
		virtual void OnBatchedDatagramsSent(size_t bytes) = 0;
		// Sends or queues a datagram by itself, and takes the callback over.
		virtual void SendNow(
		  const uint8_t* data, size_t len, const struct sockaddr* addr, onSendCallback* cb) = 0;
	};

public:
	static UdpSendBatch& OfThisThread()
	{
		static thread_local UdpSendBatch batch;

		return batch;
	}

	void Attach(const Socket* socket)
	{
		if (this->sockets++ == 0)
		{
			this->endOfTurn       = new uv_prepare_t;
			this->endOfTurn->data = this;
			uv_prepare_init(socket->GetUvHandle()->loop, this->endOfTurn);
			this->cuts = KernelCuts(socket->GetUvHandle());
		}
	}

	// To be called while the socket is still open.
	void Detach()
	{
		Flush();

		if (--this->sockets == 0)
		{
			uv_close(
			  reinterpret_cast<uv_handle_t*>(this->endOfTurn),
			  [](uv_handle_t* handle) { delete reinterpret_cast<uv_prepare_t*>(handle); });
			this->endOfTurn = nullptr;
		}
	}

	// Copies the datagram, and takes the callback over.
	void Add(
	  Socket* socket, const uint8_t* data, size_t len, const struct sockaddr* addr, onSendCallback* cb)
	{
		if (this->datagrams.empty())
		{
			uv_prepare_start(
			  this->endOfTurn,
			  [](uv_prepare_t* handle) { static_cast<UdpSendBatch*>(handle->data)->Flush(); });
		}

		const auto index  = static_cast<uint32_t>(this->datagrams.size());
		const auto offset = this->bytes.size();

		this->bytes.insert(this->bytes.end(), data, data + len);
		this->datagrams.push_back({ offset, len, None, cb });

		auto& slot = FindSlot(socket, addr);

		if (slot != 0 && this->runs[slot - 1].Takes(len))
		{
			auto& run = this->runs[slot - 1];

			this->datagrams[run.last].next = index;
			run.last                       = index;
			run.count++;
			run.bytes += len;
			// A shorter segment can only be the last.
			run.isOpen = len == run.segment;
		}
		else
		{
			Run run{ socket, {}, AddressLength(addr), index, index, 1, len, len, this->cuts };
			std::memcpy(std::addressof(run.addr), addr, run.addrLen);
			this->runs.push_back(run);
			slot = static_cast<uint16_t>(this->runs.size());
		}

		if (this->datagrams.size() == MaxDatagrams)
		{
			Flush();
		}
	}

private:
	static constexpr uint32_t None{ UINT32_MAX };
	// A frame in five packets for 400 receivers. It bounds the memory, and how long the first waits for the last.
	static constexpr size_t MaxDatagrams{ 2048 };
	// More than twice as many as there can be runs, so that one is found at once.
	static constexpr size_t Slots{ 8192 };
	// The kernel takes 64, and as much as an IP packet may hold.
	static constexpr uint32_t MaxSegments{ 32 };
	static constexpr size_t MaxRunBytes{ 60000 };
	// Of linux/udp.h, which is newer than some C libraries.
	static constexpr int UdpSegment{ 103 };

	struct Datagram
	{
		size_t offset;
		size_t len;
		// To the same receiver, in the same run.
		uint32_t next;
		onSendCallback* cb;
	};

	// Datagrams to one receiver, of one size but for the last.
	struct Run
	{
		Socket* socket;
		struct sockaddr_in6 addr;
		socklen_t addrLen;
		uint32_t first;
		uint32_t last;
		uint32_t count;
		size_t segment;
		size_t bytes;
		bool isOpen;

		bool Takes(size_t len) const
		{
			return this->isOpen && len <= this->segment && this->count < MaxSegments &&
			       this->bytes + len <= MaxRunBytes;
		}
	};

	struct Control
	{
		alignas(struct cmsghdr) uint8_t space[CMSG_SPACE(sizeof(uint16_t))];
	};

private:
	UdpSendBatch() : slots(Slots, 0)
	{
	}

	static socklen_t AddressLength(const struct sockaddr* addr)
	{
		return addr->sa_family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
	}

	// A kernel before 4.18 would not, but send a run as one datagram.
	static bool KernelCuts(const uv_udp_t* handle)
	{
		uv_os_fd_t fd{ -1 };
		int segment{ 0 };
		socklen_t len{ sizeof(segment) };

		return uv_fileno(reinterpret_cast<const uv_handle_t*>(handle), std::addressof(fd)) == 0 &&
		       getsockopt(fd, IPPROTO_UDP, UdpSegment, std::addressof(segment), std::addressof(len)) == 0;
	}

	// Where the number of the receiver's latest run stands, counted from 1, or shall stand.
	uint16_t& FindSlot(const Socket* socket, const struct sockaddr* addr)
	{
		const auto addrLen = AddressLength(addr);
		auto at            = Hash(addr) % Slots;

		while (this->slots[at] != 0)
		{
			const auto& run = this->runs[this->slots[at] - 1];

			if (
			  run.socket == socket && run.addrLen == addrLen &&
			  std::memcmp(std::addressof(run.addr), addr, addrLen) == 0)
			{
				return this->slots[at];
			}

			at = (at + 1) % Slots;
		}

		this->usedSlots.push_back(at);

		return this->slots[at];
	}

	static size_t Hash(const struct sockaddr* addr)
	{
		uint32_t host{ 0 };
		uint16_t port{ 0 };

		if (addr->sa_family == AF_INET6)
		{
			const auto* in6 = reinterpret_cast<const struct sockaddr_in6*>(addr);

			for (size_t at{ 0 }; at < 16; at += 4)
			{
				uint32_t word{ 0 };
				std::memcpy(std::addressof(word), in6->sin6_addr.s6_addr + at, sizeof(word));
				host = (host * 31) + word;
			}

			port = in6->sin6_port;
		}
		else
		{
			const auto* in = reinterpret_cast<const struct sockaddr_in*>(addr);

			host = in->sin_addr.s_addr;
			port = in->sin_port;
		}

		// Fibonacci hashing: the upper bits depend on all.
		return (((uint64_t{ host } << 16) | port) * 0x9E3779B97F4A7C15ULL) >> 40;
	}

	void Flush()
	{
		while (!this->datagrams.empty())
		{
			// Callbacks may send: that is of the next round.
			std::swap(this->bytes, this->sentBytes);
			std::swap(this->datagrams, this->sentDatagrams);
			std::swap(this->runs, this->sentRuns);

			for (const auto at : this->usedSlots)
			{
				this->slots[at] = 0;
			}

			this->usedSlots.clear();
			uv_prepare_stop(this->endOfTurn);

			WriteMessages();
			SendMessages();

			this->sentBytes.clear();
			this->sentDatagrams.clear();
			this->sentRuns.clear();
		}
	}

	void WriteMessages()
	{
		this->messages.assign(this->sentRuns.size(), {});
		this->controls.resize(this->sentRuns.size());
		this->vectors.clear();
		// It must not move while messages point into it.
		this->vectors.reserve(this->sentDatagrams.size());

		for (size_t i{ 0 }; i < this->sentRuns.size(); ++i)
		{
			auto& run     = this->sentRuns[i];
			auto& message = this->messages[i].msg_hdr;

			message.msg_name    = std::addressof(run.addr);
			message.msg_namelen = run.addrLen;
			message.msg_iov     = this->vectors.data() + this->vectors.size();
			message.msg_iovlen  = run.count;

			for (auto at = run.first; at != None; at = this->sentDatagrams[at].next)
			{
				const auto& datagram = this->sentDatagrams[at];

				this->vectors.push_back({ this->sentBytes.data() + datagram.offset, datagram.len });
			}

			if (run.count > 1)
			{
				const auto segment = static_cast<uint16_t>(run.segment);

				message.msg_control    = this->controls[i].space;
				message.msg_controllen = sizeof(this->controls[i].space);

				auto* control       = CMSG_FIRSTHDR(std::addressof(message));
				control->cmsg_level = IPPROTO_UDP;
				control->cmsg_type  = UdpSegment;
				control->cmsg_len   = CMSG_LEN(sizeof(segment));
				std::memcpy(CMSG_DATA(control), std::addressof(segment), sizeof(segment));
			}
		}
	}

	void SendMessages()
	{
		size_t first{ 0 };

		while (first < this->sentRuns.size())
		{
			auto* socket = this->sentRuns[first].socket;
			auto end     = first + 1;

			while (end < this->sentRuns.size() && this->sentRuns[end].socket == socket)
			{
				++end;
			}

			const auto taken = SendMessages(socket->GetUvHandle(), first, end);

			for (const auto last = first + taken; first < last; ++first)
			{
				OnSent(this->sentRuns[first]);
			}

			if (taken == 0)
			{
				SendOneByOne(this->sentRuns[first++]);
			}
		}
	}

	// How many of them the kernel took.
	size_t SendMessages(uv_udp_t* handle, size_t first, size_t end)
	{
		uv_os_fd_t fd{ -1 };

		// What waits for the socket's buffer goes before.
		if (
		  uv_udp_get_send_queue_count(handle) > 0 ||
		  uv_fileno(reinterpret_cast<uv_handle_t*>(handle), std::addressof(fd)) != 0)
		{
			return 0;
		}

		int taken{ 0 };

		do
		{
			taken = sendmmsg(
			  fd, this->messages.data() + first, static_cast<unsigned int>(end - first), MSG_DONTWAIT);
		} while (taken < 0 && errno == EINTR);

		if (taken < 0)
		{
			// The interface leaves checksums to the system, which does not cut then: it is not tried again.
			if (errno == EIO)
			{
				this->cuts = false;
			}

			return 0;
		}

		return static_cast<size_t>(taken);
	}

	void OnSent(const Run& run)
	{
		run.socket->OnBatchedDatagramsSent(run.bytes);

		for (auto at = run.first; at != None; at = this->sentDatagrams[at].next)
		{
			const auto* cb = this->sentDatagrams[at].cb;

			if (cb)
			{
				(*cb)(true);
				delete cb;
			}
		}
	}

	void SendOneByOne(const Run& run)
	{
		for (auto at = run.first; at != None; at = this->sentDatagrams[at].next)
		{
			const auto& datagram = this->sentDatagrams[at];

			run.socket->SendNow(
			  this->sentBytes.data() + datagram.offset,
			  datagram.len,
			  reinterpret_cast<const struct sockaddr*>(std::addressof(run.addr)),
			  datagram.cb);
		}
	}

private:
	size_t sockets{ 0 };
	uv_prepare_t* endOfTurn{ nullptr };
	// Whether the kernel is asked to cut.
	bool cuts{ false };
	// What is collected.
	std::vector<uint8_t> bytes;
	std::vector<Datagram> datagrams;
	std::vector<Run> runs;
	std::vector<uint16_t> slots;
	std::vector<size_t> usedSlots;
	// What is being sent, and how the kernel is told. Kept for their memory.
	std::vector<uint8_t> sentBytes;
	std::vector<Datagram> sentDatagrams;
	std::vector<Run> sentRuns;
	std::vector<struct mmsghdr> messages;
	std::vector<struct iovec> vectors;
	std::vector<Control> controls;
};

#endif
